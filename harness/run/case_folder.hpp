// Where a case writes its files.
#pragma once

#include <filesystem>
#include <string_view>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// An empty folder DIRECTORY/KIND/CASE; what an earlier run left in it is removed. Throws IoError.
std::filesystem::path make_case_folder(const std::filesystem::path& directory, std::string_view kind, const Case& one);

}  // namespace lockstep
