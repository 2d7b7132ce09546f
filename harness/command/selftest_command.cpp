#include "harness/command/commands.hpp"
#include "harness/command/running.hpp"
#include "harness/run/selftest.hpp"

namespace lockstep {

ExitCode selftest_command(const CommandLine& line) {
  const RunOptions& options = line.selftest;
  std::vector<Case> cases = selftest_cases();
  std::erase_if(cases, [&](const Case& one) { return one.name.find(options.filter) == std::string::npos; });
  if (cases.empty()) throw EnvironmentError{fmt::format("no case matches --filter {}", options.filter)};
  if (options.list) {
    for (const Case& one : cases) fmt::print("{}\n", one.name);
    return ExitCode::passed;
  }
  return run_cases(cases, options, line.words);
}

}  // namespace lockstep
