#pragma once

#include "harness/base/error.hpp"
#include "harness/command/command_line.hpp"

namespace lockstep {

/// `lockstep run`. Prints to standard output; throws what main reports.
ExitCode run_command(const CommandLine& line);

/// `lockstep selftest`: the checks of this program, tried on planted faults.
ExitCode selftest_command(const CommandLine& line);

/// `lockstep doctor`: prints the machine, or writes its description in the terms of MLPerf.
ExitCode doctor_command(const DoctorOptions& options);

/// `lockstep checkpoint inspect`. Prints every file; throws the first one's code with all that is wrong with any.
ExitCode inspect_command(const std::vector<std::filesystem::path>& paths);

/// `lockstep compare`. Prints before it writes, so that a full disk does not hide the verdict.
ExitCode compare_command(const CompareArguments& options);

/// `lockstep ab`.
ExitCode ab_command(const AbOptions& options);

/// `lockstep history`.
ExitCode history_command(const HistoryArguments& command);

/// `lockstep report`: what the report generator makes of the arguments.
ExitCode report_command(const std::vector<std::string>& arguments);

/// `lockstep export`. Whatever the result says, it passed when the file is written.
ExitCode export_command(const ExportCommandOptions& options);

/// `lockstep --version`.
void print_version();

}  // namespace lockstep
