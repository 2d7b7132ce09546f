// What is asked of the operating system about files, as an interface: tests count, fail, interrupt and replay it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lockstep {

struct FileStatus {
  bool is_regular = false;
  std::uint64_t size = 0;  // bytes
};

/// One system call each, without loops: a call may be interrupted and may read or write less than it was given; what
/// is built on it (file_calls.hpp) deals with that. Every call returns −errno when it fails, 0 or the number named
/// otherwise.
class FileOps {
 public:
  using Path = std::filesystem::path;
  enum class Symlinks { follow, refuse };

  virtual ~FileOps() = default;

  /// A descriptor. Does not wait for a writer when it is a pipe.
  virtual int open_to_read(const Path& path, Symlinks symlinks) = 0;
  /// A descriptor of a file that was not there (O_EXCL): −EEXIST otherwise.
  virtual int create(const Path& path) = 0;
  /// A descriptor of the file, made where it is missing, whose writes go to its end.
  virtual int open_to_append(const Path& path) = 0;
  virtual int open_directory(const Path& path) = 0;
  /// Bytes read; 0 at the end of the file.
  virtual std::ptrdiff_t read(int file, std::span<std::byte> into) = 0;
  /// Bytes written, at the end of what was written before.
  virtual std::ptrdiff_t write(int file, std::span<const std::byte> bytes) = 0;
  virtual int status(int file, FileStatus& status) = 0;
  /// Of a file: its content is on the disk. Of a directory: the names in it are.
  virtual int fsync(int file) = 0;
  /// The descriptor is gone, also when it fails.
  virtual int close(int file) = 0;
  virtual int rename(const Path& from, const Path& to) = 0;
  virtual int remove(const Path& path) = 0;
  virtual int make_directory(const Path& path) = 0;
  /// Appends the names in a directory, in no order, without "." and "..".
  virtual int list(const Path& directory, std::vector<std::string>& names) = 0;
};

/// The operating system. Has no state.
class SystemFiles final : public FileOps {
 public:
  int open_to_read(const Path& path, Symlinks symlinks) override;
  int create(const Path& path) override;
  int open_to_append(const Path& path) override;
  int open_directory(const Path& path) override;
  std::ptrdiff_t read(int file, std::span<std::byte> into) override;
  std::ptrdiff_t write(int file, std::span<const std::byte> bytes) override;
  int status(int file, FileStatus& status) override;
  int fsync(int file) override;
  int close(int file) override;
  int rename(const Path& from, const Path& to) override;
  int remove(const Path& path) override;
  int make_directory(const Path& path) override;
  int list(const Path& directory, std::vector<std::string>& names) override;
};

}  // namespace lockstep
