#include "tests/doubles/faulty_files.hpp"

#include <csignal>
#include <string_view>

namespace lockstep::testing {

template <typename Call>
auto FaultyFiles::call(const char* name, const Call& perform) {
  using Result = decltype(perform());
  const std::size_t number = calls_++;
  if (fault_.kind == FileFault::Kind::none || number != fault_.at) return perform();
  if (fault_.kind == FileFault::Kind::kills) ::raise(SIGKILL);
  if (fault_.kind == FileFault::Kind::transfers_half) return perform();  // transfer() has halved it
  fired_at_ = name;
  // A descriptor is gone after close, whatever close says.
  if (std::string_view{name} == "close") perform();
  return static_cast<Result>(-fault_.error);
}

/// How much of so many bytes the next call is to transfer.
std::size_t FaultyFiles::transfer(const char* name, std::size_t bytes) {
  if (fault_.kind != FileFault::Kind::transfers_half || calls_ != fault_.at || bytes < 2) return bytes;
  fired_at_ = name;
  return bytes / 2;
}

int FaultyFiles::open_to_read(const Path& path, Symlinks symlinks) {
  return call("open_to_read", [&] { return below_.open_to_read(path, symlinks); });
}

int FaultyFiles::create(const Path& path) {
  return call("create", [&] { return below_.create(path); });
}

int FaultyFiles::open_to_append(const Path& path) {
  return call("open_to_append", [&] { return below_.open_to_append(path); });
}

int FaultyFiles::open_directory(const Path& path) {
  return call("open_directory", [&] { return below_.open_directory(path); });
}

std::ptrdiff_t FaultyFiles::read(int file, std::span<std::byte> into) {
  const std::size_t bytes = transfer("read", into.size());
  return call("read", [&] { return below_.read(file, into.first(bytes)); });
}

std::ptrdiff_t FaultyFiles::write(int file, std::span<const std::byte> bytes) {
  const std::size_t count = transfer("write", bytes.size());
  return call("write", [&] { return below_.write(file, bytes.first(count)); });
}

int FaultyFiles::status(int file, FileStatus& status) {
  return call("status", [&] { return below_.status(file, status); });
}

int FaultyFiles::fsync(int file) {
  return call("fsync", [&] { return below_.fsync(file); });
}

int FaultyFiles::close(int file) {
  return call("close", [&] { return below_.close(file); });
}

int FaultyFiles::rename(const Path& from, const Path& to) {
  return call("rename", [&] { return below_.rename(from, to); });
}

int FaultyFiles::remove(const Path& path) {
  return call("remove", [&] { return below_.remove(path); });
}

int FaultyFiles::make_directory(const Path& path) {
  return call("make_directory", [&] { return below_.make_directory(path); });
}

int FaultyFiles::list(const Path& directory, std::vector<std::string>& names) {
  return call("list", [&] { return below_.list(directory, names); });
}

}  // namespace lockstep::testing
