#include "harness/base/atomic_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "harness/base/file_calls.hpp"
#include "harness/base/files.hpp"

namespace lockstep {

AtomicFile::AtomicFile(FileOps& files, const std::filesystem::path& path) : files_{files}, path_{path} {
  create_temporary();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) files_.close(descriptor_);
  if (!temporary_.empty()) uninterrupted([&] { return files_.remove(temporary_); });
}

void AtomicFile::create_temporary() {
  // A name that is taken belongs to another thread, or was left by a killed process that had our number.
  constexpr int attempts = 1000;
  int descriptor = -EEXIST;
  for (int attempt = 0; descriptor == -EEXIST && attempt < attempts; ++attempt) {
    std::filesystem::path name = path_;
    name += fmt::format(".{}-{}{}", ::getpid(), attempt, temporary_suffix);
    descriptor = uninterrupted([&] { return files_.create(name); });
    if (descriptor >= 0) temporary_ = std::move(name);
  }
  if (descriptor < 0) throw_io_error(path_, "cannot open a temporary file beside it", descriptor);
  descriptor_ = descriptor;
}

void AtomicFile::write(std::span<const std::byte> bytes) { write_all(files_, descriptor_, bytes, path_); }

void AtomicFile::commit() {
  // Not a second time when it fails: the system may have dropped the unwritten pages and then says that all is well.
  if (const int error = files_.fsync(descriptor_); error < 0) throw_io_error(path_, "cannot fsync", error);
  // Some file systems say only here that the disk is full.
  const int closed = files_.close(std::exchange(descriptor_, -1));
  if (closed < 0 && closed != -EINTR) throw_io_error(path_, "cannot close", closed);
  const int renamed = uninterrupted([&] { return files_.rename(temporary_, path_); });
  if (renamed < 0) throw_io_error(path_, "cannot replace", renamed);
  temporary_.clear();
  sync_directory(files_, path_.has_parent_path() ? path_.parent_path() : ".");
}

}  // namespace lockstep
