#include "harness/command/commands.hpp"
#include "harness/command/exporting.hpp"
#include "harness/command/judging.hpp"
#include "harness/history/reference.hpp"

namespace lockstep {
namespace {

Side read_file_or_stored(const std::string& side) {
  return is_history_reference(side) ? read_stored_side(side) : read_side(side);
}

}  // namespace

ExitCode compare_command(const CompareArguments& command) {
  const CompareOptions options = compare_options(command.judging);
  refuse_overwriting(parse_export_requests(command.judging.exports.requests), command.output);
  const Side baseline = read_file_or_stored(command.baseline), candidate = read_file_or_stored(command.candidate);
  const Comparison comparison = compare(baseline, candidate, options);
  show_comparison(comparison, command.judging, command.output);
  return comparison.exit_code;
}

}  // namespace lockstep
