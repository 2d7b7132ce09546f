#pragma once

#include "harness/base/error.hpp"
#include "harness/command/command_line.hpp"

namespace lockstep {

/// `lockstep run`. Prints to standard output; throws what main reports.
ExitCode run_command(const CommandLine& line);

/// `lockstep doctor`: prints the machine, or writes its description in the terms of MLPerf.
ExitCode doctor_command(const DoctorOptions& options);

/// `lockstep checkpoint inspect`. Prints every file; throws the first one's code with all that is wrong with any.
ExitCode inspect_command(const std::vector<std::filesystem::path>& paths);

/// `lockstep --version`.
void print_version();

}  // namespace lockstep
