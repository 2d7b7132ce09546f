#include "harness/command/commands.hpp"
#include "harness/command/judging.hpp"

namespace lockstep {
ExitCode compare_command(const CompareArguments& command) {
  const CompareOptions options = compare_options(command.judging);
  const Side baseline = read_side(command.baseline), candidate = read_side(command.candidate);
  const Comparison comparison = compare(baseline, candidate, options);
  show_comparison(comparison, command.judging, command.output);
  return comparison.exit_code;
}

}  // namespace lockstep
