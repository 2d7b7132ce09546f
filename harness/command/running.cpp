#include "harness/command/running.hpp"

#include <algorithm>

#include "harness/base/clock.hpp"
#include "harness/command/exporting.hpp"
#include "harness/command/stop_signal.hpp"
#include "harness/report/console.hpp"
#include "harness/report/fault_table.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/session.hpp"

namespace lockstep {
namespace {

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

ExitCode run_cases(const std::vector<Case>& cases, const RunOptions& options, const std::vector<std::string>& words) {
  if (options.resume && options.output.empty())
    throw UsageError{"--resume needs the --output of the run that it continues"};
  const std::vector<ExportRequest> exports = parse_export_requests(options.exports.requests);
  listen_to_signals();
  const std::filesystem::path output = options.output.empty() ? default_output() : options.output;
  refuse_overwriting(exports, output / "result.json");
  ResultFile file{output, policy_of(options), words, options.host_name ? HostName::told : HostName::left_out,
                  cuda_of(cases)};
  ConsoleProgress progress{stdout, options.tables ? Detail::tables : Detail::verdict};
  const ExitCode code = run_session(cases, file, progress, [] { return stop_signal(); });
  print_table(stdout, file.cases());
  fmt::print("{}", fault_table(file.cases()));
  fmt::print("result: {}\n", (file.directory() / "result.json").string());
  export_run(options.exports, exports, file.directory(), code);
  return code;
}

}  // namespace lockstep
