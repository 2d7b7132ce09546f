#include "harness/base/file_calls.hpp"

#include <cstring>

#include "harness/base/error.hpp"

namespace lockstep {

void throw_io_error(const std::filesystem::path& path, std::string_view what, std::ptrdiff_t error) {
  throw IoError{fmt::format("{}: {}: {}", path.string(), what, std::strerror(static_cast<int>(-error)))};
}

void write_all(FileOps& files, int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const std::ptrdiff_t written = uninterrupted([&] { return files.write(descriptor, bytes); });
    // Nothing written and no reason given: asking again might never end.
    if (written <= 0) throw_io_error(path, "cannot write", written == 0 ? -EIO : written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace lockstep
