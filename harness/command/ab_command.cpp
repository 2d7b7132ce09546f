#include <algorithm>

#include "harness/base/clock.hpp"
#include "harness/command/commands.hpp"
#include "harness/command/judging.hpp"
#include "harness/command/stop_signal.hpp"
#include "harness/compare/alternation.hpp"
#include "harness/compare/confirm.hpp"

namespace lockstep {
namespace {

Alternation alternation_of(const AbOptions& options) {
  Alternation alternation{
      .baseline = options.baseline, .candidate = options.candidate, .arguments = {}, .pairs = options.pairs};
  for (const std::filesystem::path& scenario : options.run.scenarios)
    alternation.arguments.push_back(scenario.string());
  for (const std::string& axis : options.run.overrides)
    alternation.arguments.insert(alternation.arguments.end(), {"-a", axis});
  if (!options.run.filter.empty())
    alternation.arguments.insert(alternation.arguments.end(), {"--filter", options.run.filter});
  return alternation;
}

/// Of the second round. It tests only what the first one found, in the direction that it found, so that a false alarm
/// has to pass both: 0.01 · 0.05 by default.
constexpr double confirmation_level = 0.05;

/// One sitting of all pairs, judged.
Comparison measure(const Alternation& alternation, const std::filesystem::path& folder, const CompareOptions& judging) {
  const auto progress = [](std::string_view side, std::size_t done, std::size_t total) {
    fmt::print("[{:{}}/{}] {}\n", done, std::to_string(total).size(), total, side);
    std::fflush(stdout);
  };
  const AlternatedSides sides = run_in_turn(alternation, folder, progress, stop_signal);
  return compare(sides.baseline, sides.candidate, judging);
}

}  // namespace

ExitCode ab_command(const AbOptions& options) {
  CompareOptions judging = compare_options(options.judging);
  judging.design = Design::paired;
  const Alternation alternation = alternation_of(options);
  const std::filesystem::path folder = options.run.output.empty()
                                           ? std::filesystem::path{"results"} / ("ab-" + utc_now("%Y%m%dT%H%M%SZ"))
                                           : options.run.output;
  listen_to_signals();
  Comparison comparison = measure(alternation, folder / "first", judging);
  judging.only = regressions_in(comparison);
  judging.alpha = std::max(judging.alpha, confirmation_level);
  if (options.confirm && !judging.only.empty()) {
    fmt::print("{} metric{} regressed; measuring again\n", judging.only.size(), judging.only.size() == 1 ? "" : "s");
    confirm(comparison, measure(alternation, folder / "second", judging), judging.fail_on);
  }
  show_comparison(comparison, options.judging, folder / "comparison.json");
  return comparison.exit_code;
}

}  // namespace lockstep
