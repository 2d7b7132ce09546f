// One side of a comparison: the runs of one program on one machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/compare/recorded_result.hpp"

namespace lockstep {

struct Side {
  std::string label;
  std::vector<RecordedResult> runs;  // at least one, in the order in which they are paired
};

/// From a result.json, a folder that holds one, or a folder of such folders (several runs, by name). Throws IoError,
/// and InputError when a result is not valid, not complete, or there is none.
Side read_side(const std::filesystem::path& path);

/// Throws InputError when a run was not completed.
void require_complete(const RecordedResult& run);

}  // namespace lockstep
