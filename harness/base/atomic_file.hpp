// Replacement of a file that neither a crash nor a second writer can tear.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "harness/base/file_ops.hpp"

namespace lockstep {

/// What is written goes to a temporary file of its own beside `path`; commit() puts it in place. Without commit(), or
/// when anything fails, the temporary file is removed and the old file stays. Of two writers of one path each has its
/// own temporary file, and the last commit() stays. All of it throws IoError. `files` must outlive it.
class AtomicFile {
 public:
  AtomicFile(FileOps& files, const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span{text})); }
  /// fsync, close, rename, fsync of the directory: when it has returned, the new file survives a crash of the machine.
  /// When only the last of them fails, the new file is in place, but a crash may bring back the old one.
  void commit();

 private:
  void create_temporary();

  FileOps& files_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty when there is none to remove
  int descriptor_ = -1;
};

/// What the names of temporary files end in; a killed process may leave one.
inline constexpr std::string_view temporary_suffix = ".tmp";

}  // namespace lockstep
