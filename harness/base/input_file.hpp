// A file from outside, opened for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "harness/base/file_ops.hpp"

namespace lockstep {

/// A regular file to read from its start. `files` must outlive it.
class InputFile {
 public:
  /// Throws IoError when it cannot be opened, InputError when it is a directory, pipe or device, or a symbolic link
  /// and those are refused; never blocks on a pipe.
  InputFile(FileOps& files, const std::filesystem::path& path, FileOps::Symlinks symlinks = FileOps::Symlinks::follow);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Bytes, when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The number of bytes read, fewer than asked for only at the end of the file. Throws IoError.
  std::size_t read(std::span<std::byte> into);

 private:
  FileOps& files_;
  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace lockstep
