// A file system in memory that remembers every change of what it holds, so that crashes can be worked out afterwards
// (crash_states.hpp). One thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/base/file_ops.hpp"

namespace lockstep::testing {

using Inode = std::size_t;
inline constexpr Inode directory_inode = 0;  // of every directory: they differ by their path

/// What a path stands for, and what files hold. Equal disks look equal to every program.
struct Disk {
  std::map<std::string, Inode> names;
  std::map<Inode, std::string> contents;

  /// The content of a file; none when nothing is there or a directory above it is missing.
  [[nodiscard]] std::optional<std::string> file(const std::string& path) const;
  /// Whether the path and all directories above it are there.
  [[nodiscard]] bool has(const std::string& path) const;
  bool operator==(const Disk&) const = default;
};

namespace event {
struct Write {  // the size is another event: on a disk either may be first
  Inode inode;
  std::size_t offset;
  std::string bytes;
};
struct Grow {
  Inode inode;
  std::size_t size;
};
struct Truncate {
  Inode inode;
};
struct Names {  // of one directory, changed at once
  std::string directory;
  std::vector<std::pair<std::string, std::optional<Inode>>> changes;  // none: no longer there
};
struct SyncFile {
  Inode inode;
};
struct SyncDirectory {
  std::string directory;
};
}  // namespace event

using FileEvent =
    std::variant<event::Write, event::Grow, event::Truncate, event::Names, event::SyncFile, event::SyncDirectory>;

class MemoryFiles final : public FileOps {
 public:
  /// Writes are remembered in blocks of this size, each of which a crash may lose.
  static constexpr std::size_t block = 256;

  /// Starts with what survived; paths are absolute, and "/" is there.
  explicit MemoryFiles(Disk disk = {});

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

  /// open(O_TRUNC), which no code of ours may use: for planted faults.
  int create_or_truncate(const Path& path);

  /// As a program sees it now.
  [[nodiscard]] const Disk& disk() const { return disk_; }
  /// Since the start.
  [[nodiscard]] const std::vector<FileEvent>& events() const { return events_; }

 private:
  struct Open {
    std::string path;
    Inode inode;
    std::size_t offset;
  };
  int open(const std::string& path, Inode inode);
  int new_file(const std::string& path);
  void change_names(const std::string& directory, std::vector<std::pair<std::string, std::optional<Inode>>> changes);

  Disk disk_;
  std::vector<FileEvent> events_;
  std::map<int, Open> open_;
  int next_descriptor_ = 3;
  Inode next_inode_ = 1;
};

}  // namespace lockstep::testing
