// Files: read whole with a limit, written whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace lockstep {

/// The content of a regular file of at most `limit` bytes. Throws IoError when it cannot be opened or read, InputError
/// when it is a directory, pipe or device, or is too large; never blocks on a pipe.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

/// Replaces `path` by `content` so that a crash leaves the old or the new file, never a part: temporary file in the
/// same directory, fsync, rename, fsync of the directory. Throws IoError; the old file and no temporary file remain
/// then.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Appends `line` and a newline in one write. Throws IoError.
void append_line(const std::filesystem::path& path, std::string_view line);

}  // namespace lockstep
