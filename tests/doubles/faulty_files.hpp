// Another FileOps with one planted fault: the call of a given number fails, is interrupted, transfers less than asked
// for, or is the last thing that the process does.
#pragma once

#include <cstddef>
#include <string>

#include "harness/base/file_ops.hpp"

namespace lockstep::testing {

struct FileFault {
  enum class Kind { none, fails, transfers_half, kills };
  Kind kind = Kind::none;
  std::size_t at = 0;  // number of the call, from 0
  int error = 0;       // errno, for `fails`
};

class FaultyFiles final : public FileOps {
 public:
  /// `below` must outlive it.
  FaultyFiles(FileOps& below, FileFault fault) : below_{below}, fault_{fault} {}

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

  /// Calls so far.
  [[nodiscard]] std::size_t calls() const { return calls_; }
  [[nodiscard]] bool fired() const { return !fired_at_.empty(); }
  /// The name of the call that met the fault; empty before.
  [[nodiscard]] const std::string& fired_at() const { return fired_at_; }

 private:
  template <typename Call>
  auto call(const char* name, const Call& perform);
  std::size_t transfer(const char* name, std::size_t bytes);

  FileOps& below_;
  FileFault fault_;
  std::size_t calls_ = 0;
  std::string fired_at_;
};

}  // namespace lockstep::testing
