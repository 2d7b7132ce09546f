#include <algorithm>

#include "harness/base/clock.hpp"
#include "harness/command/commands.hpp"
#include "harness/command/exporting.hpp"
#include "harness/command/stop_signal.hpp"
#include "harness/report/console.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/scenario/document.hpp"
#include "harness/run/scenario/dump.hpp"
#include "harness/run/scenario/expand.hpp"
#include "harness/run/session.hpp"

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

std::filesystem::path default_output() { return std::filesystem::path{"results"} / utc_now("%Y%m%dT%H%M%SZ"); }

/// Only a run on GPUs pays for a look at them.
CudaLibraries cuda_of(const std::vector<Case>& cases) {
  const auto is_on_gpus = [](const Case& one) { return one.scenario.run.is_on_gpus(); };
  return std::ranges::any_of(cases, is_on_gpus) ? CudaLibraries::asked : CudaLibraries::left_alone;
}

ResultFile::Existing policy_of(const RunOptions& options) {
  if (options.resume) return ResultFile::Existing::resume;
  return options.force ? ResultFile::Existing::replace : ResultFile::Existing::refuse;
}

}  // namespace

ExitCode run_command(const CommandLine& line) {
  const RunOptions& options = line.run;
  if (options.resume && options.output.empty())
    throw UsageError{"--resume needs the --output of the run that it continues"};
  const std::vector<ExportRequest> exports = parse_export_requests(options.exports.requests);
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
  listen_to_signals();
  const std::filesystem::path output = options.output.empty() ? default_output() : options.output;
  refuse_overwriting(exports, output / "result.json");
  ResultFile file{output, policy_of(options), line.words, options.host_name ? HostName::told : HostName::left_out,
                  cuda_of(cases)};
  ConsoleProgress progress{stdout, options.tables ? Detail::tables : Detail::verdict};
  const ExitCode code = run_session(cases, file, progress, [] { return stop_signal(); });
  print_table(stdout, file.cases());
  fmt::print("result: {}\n", (file.directory() / "result.json").string());
  export_run(options.exports, exports, file.directory(), code);
  return code;
}

}  // namespace lockstep
