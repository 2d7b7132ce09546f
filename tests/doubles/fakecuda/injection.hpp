// Faults on purpose: which calls fail, and how often each function was called.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/settings.hpp"

namespace fakecuda {

class Injection {
 public:
  /// The plan of FAKECUDA_FAIL, "function:k[:code]" with commas between several, and of FAKECUDA_FAIL_ANY.
  explicit Injection(const Settings& settings);

  struct Verdict {
    bool fails = false;
    int code = 0;  // 0: what is usual for the function
  };
  /// Counts one call.
  Verdict call(const std::string& function);
  /// Counts one thing that happens on a device, "kernel" or "collective": not a call, but FAKECUDA_FAIL can name it.
  Verdict happening(const std::string& what);

  /// Adds a rule from a test: the k-th call from now on.
  void plan(const std::string& function, std::uint64_t k, int code);

  /// Whether a call that gives something back failed: what is left then is nobody's fault.
  [[nodiscard]] bool release_failed() const { return release_failed_; }
  void note_release_failed() { release_failed_ = true; }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// Of calls and happenings that were made to fail.
  [[nodiscard]] std::uint64_t injected() const { return injected_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  struct Rule {
    std::string function;
    std::uint64_t k;
    int code;
  };
  Verdict by_rule(const std::string& function, std::uint64_t k);

  std::vector<Rule> rules_;
  std::uint64_t fail_any_;
  std::uint64_t total_ = 0;
  std::uint64_t injected_ = 0;
  std::map<std::string, std::uint64_t> counts_;
  std::map<std::string, std::uint64_t> happenings_;
  bool release_failed_ = false;
};

}  // namespace fakecuda
