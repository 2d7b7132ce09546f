#include "harness/command/commands.hpp"
#include "harness/report/generator.hpp"

namespace lockstep {

ExitCode report_command(const std::vector<std::string>& arguments) {
  return static_cast<ExitCode>(run_generator(arguments));
}

}  // namespace lockstep
