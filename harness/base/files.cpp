#include "harness/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : path_{path}, descriptor_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {
    if (descriptor_ < 0) fail("cannot open");
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  void write_all(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(descriptor_, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write");
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail("cannot fsync");
  }
  /// Closes now, because on some file systems only close reports that the disk is full.
  void close() {
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) fail("cannot close");
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw IoError{fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno))};
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

void replace_by(const std::filesystem::path& temporary, const std::filesystem::path& path, std::string_view content) {
  File file{temporary, O_WRONLY | O_CREAT | O_TRUNC};
  file.write_all(content);
  file.sync();
  file.close();
  std::filesystem::rename(temporary, path);
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  File{directory, O_RDONLY | O_DIRECTORY}.sync();
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  const File file{path, O_RDONLY | O_NONBLOCK};
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) file.fail("cannot stat");
  if (!S_ISREG(status.st_mode)) throw InputError{fmt::format("{}: not a regular file", path.string())};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit) throw InputError{fmt::format("{}: too large ({} bytes, limit {})", path.string(), size, limit)};
  std::string content(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(file.descriptor(), content.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) file.fail("cannot read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", ::getpid());
  try {
    replace_by(temporary, path, content);
  } catch (const std::exception& error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    if (dynamic_cast<const Error*>(&error) != nullptr) throw;
    throw IoError{fmt::format("{}: cannot replace: {}", path.string(), error.what())};
  }
}

void append_line(const std::filesystem::path& path, std::string_view line) {
  File file{path, O_WRONLY | O_CREAT | O_APPEND};
  file.write_all(std::string{line} + '\n');
  file.close();
}

}  // namespace lockstep
