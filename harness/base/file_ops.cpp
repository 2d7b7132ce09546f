#include "harness/base/file_ops.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

namespace lockstep {
namespace {

template <typename Number>
Number or_errno(Number result) {
  return result < 0 ? -errno : result;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

int SystemFiles::open_to_read(const Path& path, Symlinks symlinks) {
  const int links = symlinks == Symlinks::refuse ? O_NOFOLLOW : 0;
  return or_errno(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | links));
}

int SystemFiles::create(const Path& path) {
  return or_errno(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
}

int SystemFiles::open_to_append(const Path& path) {
  return or_errno(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
}

int SystemFiles::open_directory(const Path& path) {
  return or_errno(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::ptrdiff_t SystemFiles::read(int file, std::span<std::byte> into) {
  return or_errno<std::ptrdiff_t>(::read(file, into.data(), into.size()));
}

std::ptrdiff_t SystemFiles::write(int file, std::span<const std::byte> bytes) {
  return or_errno<std::ptrdiff_t>(::write(file, bytes.data(), bytes.size()));
}

int SystemFiles::status(int file, FileStatus& status) {
  struct stat found {};
  if (::fstat(file, &found) != 0) return -errno;
  status = {S_ISREG(found.st_mode), static_cast<std::uint64_t>(found.st_size)};
  return 0;
}

int SystemFiles::fsync(int file) { return or_errno(::fsync(file)); }

int SystemFiles::close(int file) { return or_errno(::close(file)); }

int SystemFiles::rename(const Path& from, const Path& to) { return or_errno(::rename(from.c_str(), to.c_str())); }

int SystemFiles::remove(const Path& path) { return or_errno(::unlink(path.c_str())); }

int SystemFiles::make_directory(const Path& path) { return or_errno(::mkdir(path.c_str(), 0777)); }

int SystemFiles::list(const Path& directory, std::vector<std::string>& names) {
  const std::unique_ptr<DIR, CloseDirectory> open{::opendir(directory.c_str())};
  if (open == nullptr) return -errno;
  while (true) {
    errno = 0;  // readdir tells its end from a failure by nothing else
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) return -errno;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

}  // namespace lockstep
