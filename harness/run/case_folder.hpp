// Where a case keeps files of its own.
#pragma once

#include <filesystem>
#include <string_view>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Makes DIRECTORY/KIND/CASE, empty: an earlier run may have left more in it. Throws IoError.
std::filesystem::path make_case_folder(const std::filesystem::path& directory, std::string_view kind, const Case& one);

}  // namespace lockstep
