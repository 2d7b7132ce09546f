#include "harness/command/judging.hpp"

#include <algorithm>

#include "harness/base/files.hpp"
#include "harness/base/text.hpp"
#include "harness/command/exporting.hpp"
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

void write_comparison(const Comparison& comparison, const std::filesystem::path& file) {
  write_file_atomically(file, to_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  fmt::print("comparison: {}\n", file.string());
}

}  // namespace

CompareOptions compare_options(const JudgingOptions& judging) {
  CompareOptions options;
  static_cast<void>(parse_export_requests(judging.exports.requests));  // a typo is said before anything is measured
  options.alpha = judging.alpha;
  if (!judging.metrics.empty()) options.gate.judge_only(judging.metrics);
  for (const std::string& threshold : judging.thresholds) options.gate.set_threshold(threshold);
  if (!judging.fail_on.empty()) options.fail_on.clear();
  for (const std::string& name : judging.fail_on) options.fail_on.insert(verdict_named(name));
  return options;
}

void show_comparison(const Comparison& comparison, const JudgingOptions& judging, const std::filesystem::path& file) {
  print_comparison(stdout, comparison, judging.all ? Shown::everything : Shown::changes);
  std::fflush(stdout);
  if (!file.empty()) write_comparison(comparison, file);
  export_outcome(judging.exports, parse_export_requests(judging.exports.requests), &comparison, comparison.exit_code);
}

}  // namespace lockstep
