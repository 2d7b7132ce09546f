// Two programs measured in turn, so that both see the same machine.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/compare/side.hpp"

namespace lockstep {

struct Alternation {
  std::filesystem::path baseline, candidate;  // programs with the command line of `lockstep run`
  std::vector<std::string> arguments;         // of `run`: scenarios, overrides, filter
  std::size_t pairs;
};

/// Called after each run, with the runs done and all.
using AlternationProgress = std::function<void(std::string_view side, std::size_t done, std::size_t total)>;

struct AlternatedSides {
  Side baseline, candidate;
};

/// Runs the programs A B, B A, A B, … and reads their results. Each run has a folder, FOLDER/baseline/001 and so on,
/// and its output beside it in 001.log. Throws IoError when a program cannot be started or the folder holds runs
/// already; an Error with the code of a run that came to no comparable result: the candidate's own (a wrong result
/// stays one), `inconclusive` for the baseline; `interrupted` when `interrupted()` is a signal.
AlternatedSides run_in_turn(const Alternation& alternation, const std::filesystem::path& folder,
                            const AlternationProgress& progress, const std::function<int()>& interrupted);

}  // namespace lockstep
