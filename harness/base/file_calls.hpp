// How the calls of FileOps are made: again when a signal came in between, until all is written, with errors that name
// the path.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "harness/base/file_ops.hpp"

namespace lockstep {

/// "PATH: cannot write: No space left on device", for an error of FileOps (−errno).
[[noreturn]] void throw_io_error(const std::filesystem::path& path, std::string_view what, std::ptrdiff_t error);

/// The call's result; made again as long as a signal interrupts it. Not for fsync, whose second call may hide what the
/// first one met, nor for close, after which the descriptor is gone.
template <typename Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result == -EINTR) result = call();
  return result;
}

/// Writes all of it. Throws IoError with `path`.
void write_all(FileOps& files, int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace lockstep
