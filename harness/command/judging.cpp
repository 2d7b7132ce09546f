#include "harness/command/judging.hpp"

#include <algorithm>

#include "harness/base/files.hpp"
#include "harness/base/text.hpp"
#include "harness/compare/comparison_json.hpp"
#include "harness/report/comparison_table.hpp"

namespace lockstep {
namespace {

std::string in_capitals(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

Verdict verdict_named(const std::string& name) {
  const std::string wanted = in_capitals(name);
  const auto found = std::ranges::find(verdict_names, wanted);
  if (found == verdict_names.end())
    throw UsageError{
        fmt::format("--fail-on {}: no such verdict{}", printable(name), did_you_mean(wanted, verdict_names))};
  return static_cast<Verdict>(found - verdict_names.begin());
}

}  // namespace

CompareOptions compare_options(const JudgingOptions& judging) {
  CompareOptions options;
  options.alpha = judging.alpha;
  if (!judging.metrics.empty()) options.gate.judge_only(judging.metrics);
  for (const std::string& threshold : judging.thresholds) options.gate.set_threshold(threshold);
  if (!judging.fail_on.empty()) options.fail_on.clear();
  for (const std::string& name : judging.fail_on) options.fail_on.insert(verdict_named(name));
  return options;
}

void show_comparison(const Comparison& comparison, const JudgingOptions& judging, const std::filesystem::path& file) {
  print_comparison(stdout, comparison, judging.all ? Shown::everything : Shown::changes);
  if (file.empty()) return;
  std::fflush(stdout);
  write_file_atomically(file, to_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  fmt::print("comparison: {}\n", file.string());
}

}  // namespace lockstep
