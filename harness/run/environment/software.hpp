// Operating system and libraries.
#pragma once

#include <filesystem>

#include "harness/run/result_json.hpp"

namespace lockstep {

/// System, kernel and the versions of the libraries that computing, timing and storing go through. Of zlib, OpenBLAS
/// and the C library it is the version that runs, of those that are compiled into the program (xxHash, fmt) and of
/// hwloc the one that it was built with. `root` holds the files of the system.
Json describe_software(const std::filesystem::path& root = "/");

/// "0.3.21" of OpenBLAS's own description of itself; null where it says something else.
Json openblas_version(std::string_view description);

}  // namespace lockstep
