#include <algorithm>

#include "harness/base/files.hpp"
#include "harness/base/text.hpp"
#include "harness/command/commands.hpp"
#include "harness/command/judging.hpp"
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

CompareOptions compare_options(const CompareCommand& command) {
  CompareOptions options;
  options.alpha = command.alpha;
  if (!command.metrics.empty()) options.gate.judge_only(command.metrics);
  for (const std::string& threshold : command.thresholds) options.gate.set_threshold(threshold);
  if (!command.fail_on.empty()) options.fail_on.clear();
  for (const std::string& name : command.fail_on) options.fail_on.insert(verdict_named(name));
  return options;
}

ExitCode compare_command(const CompareCommand& command) {
  const CompareOptions options = compare_options(command);
  const Side baseline = read_side(command.baseline), candidate = read_side(command.candidate);
  const Comparison comparison = compare(baseline, candidate, options);
  print_comparison(stdout, comparison, command.all ? Shown::everything : Shown::changes);
  if (!command.output.empty()) {
    std::fflush(stdout);
    write_file_atomically(command.output,
                          to_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    fmt::print("comparison: {}\n", command.output.string());
  }
  return comparison.exit_code;
}

}  // namespace lockstep
