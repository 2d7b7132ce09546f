// Other programs, started and waited for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// Runs a program by its path with the standard streams of this one, and waits for it. Its exit code, or 128 plus the
/// signal that ended it. Throws IoError when it cannot be started.
int run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments);

/// The file that this process runs. Throws IoError.
std::filesystem::path this_program();

}  // namespace lockstep
