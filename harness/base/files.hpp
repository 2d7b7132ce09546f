// Files: read whole with a limit, written whole or not at all; directories.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/file_ops.hpp"

namespace lockstep {

/// The content of a regular file of at most `limit` bytes. Throws IoError when it cannot be opened or read, InputError
/// when it is a directory, pipe or device, or is too large; never blocks on a pipe.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

/// Replaces `path` by `content` so that a crash leaves the old or the new file, never a part: AtomicFile. Throws
/// IoError; no temporary file remains then.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);
void write_file_atomically(FileOps& files, const std::filesystem::path& path, std::string_view content);

/// Appends `line` and a newline in one write. Throws IoError.
void append_line(const std::filesystem::path& path, std::string_view line);

/// The names in a directory, in no order. Throws IoError.
std::vector<std::string> names_in(FileOps& files, const std::filesystem::path& directory);

/// Makes a directory and those above it where they are missing; each new name is durable. Throws IoError.
void make_directories(FileOps& files, const std::filesystem::path& directory);

/// fsync of a directory: the names in it are durable. Throws IoError.
void sync_directory(FileOps& files, const std::filesystem::path& directory);

}  // namespace lockstep
