// What the first bytes of a file say, before SQLite opens it and perhaps finishes or undoes what another program began.
#pragma once

#include <cstdint>
#include <filesystem>

namespace lockstep {

/// Marks a database as a history: "Lkst".
inline constexpr std::uint32_t history_application_id = 0x4c6b7374;

/// Throws IoError when the file cannot be read, InputError when it is a link, pipe, device or folder, no SQLite
/// database, of another program, of an unknown format, or in the mode with a write-ahead log, which would make files
/// beside it.
void require_history_header(const std::filesystem::path& path);

/// Whether there is nothing: no file, or an empty one.
bool is_missing_or_empty(const std::filesystem::path& path);

}  // namespace lockstep
