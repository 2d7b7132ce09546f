#pragma once

#include "harness/base/error.hpp"
#include "harness/command/command_line.hpp"

namespace lockstep {

/// `lockstep run`. Prints to standard output; throws what main reports.
ExitCode run_command(const CommandLine& line);

/// `lockstep doctor`.
ExitCode doctor_command();

/// `lockstep --version`.
void print_version();

}  // namespace lockstep
