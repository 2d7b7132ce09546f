#include "harness/command/commands.hpp"
#include "harness/command/running.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/scenario/document.hpp"
#include "harness/run/scenario/dump.hpp"
#include "harness/run/scenario/expand.hpp"

namespace lockstep {
namespace {

std::vector<Case> chosen_cases(const RunOptions& options) {
  const std::vector<Setting> overrides = parse_overrides(options.overrides);
  std::vector<Case> cases;
  for (const ScenarioDocument& document : load_scenarios(find_scenarios(options.scenarios)))
    for (Case& one : expand(document, overrides))
      if (one.name.find(options.filter) != std::string::npos) cases.push_back(std::move(one));
  if (cases.empty()) throw EnvironmentError{fmt::format("no case matches --filter {}", options.filter)};
  return cases;
}

/// What a case does, in a few words.
std::string amount_of(const Scenario& scenario) {
  const auto& [collective, min_size, max_size, iterations, warmup] = scenario.communication;
  if (!scenario.is_training())
    return fmt::format("{} of {} to {}", collective, format_bytes(min_size), format_bytes(max_size));
  const std::string steps = scenario.train.steps > 0 ? fmt::format("{}", scenario.train.steps)
                                                     : fmt::format("{} epochs:", scenario.train.epochs);
  return fmt::format("{} steps of {} samples", steps, scenario.global_batch());
}

void print_plan(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const RunSpec& run = one.scenario.run;
    const std::string untimed = why_not_timed(one.scenario);
    fmt::print("{}: {} on {} {} device{}, {}{}\n", one.name, one.scenario.family, run.devices, run.backend,
               run.devices == 1 ? "" : "s", amount_of(one.scenario), untimed.empty() ? "" : "; " + untimed);
  }
  fmt::print("{} cases would run\n", cases.size());
}

}  // namespace

ExitCode run_command(const CommandLine& line) {
  const RunOptions& options = line.run;
  const std::vector<Case> cases = chosen_cases(options);
  if (options.list) {
    for (const Case& one : cases) fmt::print("{}\n", one.name);
    return ExitCode::passed;
  }
  if (options.dump_config) {
    for (const Case& one : cases) fmt::print("{}\n", dump_config(one));
    return ExitCode::passed;
  }
  if (options.dry_run) {
    print_plan(cases);
    return ExitCode::passed;
  }
  return run_cases(cases, options, line.words);
}

}  // namespace lockstep
