#include "tests/doubles/fakecuda/injection.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace fakecuda {

Injection::Injection(const Settings& settings) : fail_any_{settings.fail_any} {
  std::istringstream rules{settings.fail};
  for (std::string rule; std::getline(rules, rule, ',');) {
    std::istringstream fields{rule};
    std::string function, k, code;
    std::getline(fields, function, ':');
    std::getline(fields, k, ':');
    std::getline(fields, code, ':');
    const std::uint64_t call = std::strtoull(k.c_str(), nullptr, 10);
    if (function.empty() || call == 0) {
      std::fprintf(stderr, "fakecuda: FAKECUDA_FAIL=%s: expected function:k[:code]\n", rule.c_str());
      _exit(2);
    }
    rules_.push_back({function, call, std::atoi(code.c_str())});
  }
}

Injection::Verdict Injection::by_rule(const std::string& function, std::uint64_t k) {
  for (const Rule& rule : rules_) {
    if (rule.function != function || rule.k != k) continue;
    ++injected_;
    return {true, rule.code};
  }
  return {};
}

Injection::Verdict Injection::call(const std::string& function) {
  const Verdict verdict = by_rule(function, ++counts_[function]);
  if (++total_ != fail_any_) return verdict;
  ++injected_;
  return {true, 0};
}

Injection::Verdict Injection::happening(const std::string& what) { return by_rule(what, ++happenings_[what]); }

void Injection::plan(const std::string& function, std::uint64_t k, int code) {
  rules_.push_back({function, counts_[function] + k, code});
}

}  // namespace fakecuda
