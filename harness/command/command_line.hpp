// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

struct RunOptions {
  std::vector<std::filesystem::path> scenarios;  // files and folders
  std::vector<std::string> overrides;            // key=value,value
  std::string filter;                            // part of a case's name
  std::filesystem::path output;                  // empty: results/<UTC time>
  bool list = false;
  bool dry_run = false;
  bool dump_config = false;
  bool tables = false;
  bool resume = false;
  bool force = false;
  bool host_name = false;  // tell it in the result
};

struct DoctorOptions {
  std::optional<std::string> system_description;  // file, "-" for standard output; nothing for the table
};

struct CommandLine {
  enum class Command { run, doctor, inspect, help, version };
  Command command = Command::help;
  RunOptions run;
  DoctorOptions doctor;
  std::vector<std::filesystem::path> checkpoints;  // files to inspect
  std::string help;                                // text for `help`
  std::vector<std::string> words;                  // as typed
};

/// Throws UsageError.
CommandLine parse_command_line(int count, const char* const* arguments);

}  // namespace lockstep
