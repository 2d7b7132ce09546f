// Where a case keeps files of its own.
#pragma once

#include <filesystem>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Makes an empty folder in `parent`, named after the case; what an earlier run left in it is removed. Throws IoError.
std::filesystem::path make_case_folder(const std::filesystem::path& parent, const Case& one);

}  // namespace lockstep
