// The report generator, a program of its own (reports/).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// reports/report in the folder of the sources that this program was built in, or share/lockstep/reports/report where
/// it is installed. Throws EnvironmentError when it is in neither.
std::filesystem::path find_generator(const std::filesystem::path& program);

/// Runs it and returns its exit code, which is one of ours.
int run_generator(const std::vector<std::string>& arguments);

}  // namespace lockstep
