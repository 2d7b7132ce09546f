// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/command/history_line.hpp"

namespace lockstep {

/// --export FORMAT=FILE, as often as one likes, on whatever command has a result.
struct ExportArguments {
  std::vector<std::string> requests;
  std::string inconclusive = "failure";  // or "skipped"
};

struct ExportCommandOptions {
  std::string format;
  std::filesystem::path input;   // result.json, a folder with it, or comparison.json
  std::filesystem::path output;  // empty: standard output
  std::string inconclusive = "failure";
};

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
  ExportArguments exports;
  bool host_name = false;  // tell it in the result
};

struct DoctorOptions {
  std::optional<std::string> system_description;  // file, "-" for standard output; nothing for the table
};

/// How a comparison judges.
struct JudgingOptions {
  std::vector<std::string> thresholds;  // "3%", "step_time=5%"
  std::vector<std::string> metrics;     // empty: those that are judged by default
  std::vector<std::string> fail_on;     // verdicts; empty: all that are not good
  double alpha = 0.01;
  bool all = false;  // print every metric, not only those that changed
  ExportArguments exports;
};

struct CompareArguments {
  std::string baseline, candidate;  // paths, or history:FILE#NAME
  std::filesystem::path output;     // of comparison.json; empty: none
  JudgingOptions judging;
};

struct AbOptions {
  std::filesystem::path baseline, candidate;  // programs
  std::size_t pairs = 12;
  bool confirm = true;
  RunOptions run;  // scenarios, overrides, filter and output
  JudgingOptions judging;
};

struct CommandLine {
  enum class Command { run, selftest, doctor, inspect, compare, ab, history, report, export_file, help, version };
  Command command = Command::help;
  RunOptions run;
  RunOptions selftest;  // filter, output, force, tables, exports
  CompareArguments compare;
  AbOptions ab;
  ExportCommandOptions export_file;
  DoctorOptions doctor;
  HistoryArguments history;
  std::vector<std::filesystem::path> checkpoints;  // files to inspect
  std::vector<std::string> report;                 // arguments of the report generator
  std::string help;                                // text for `help`
  std::vector<std::string> words;                  // as typed
};

/// Throws UsageError.
CommandLine parse_command_line(int count, const char* const* arguments);

}  // namespace lockstep
