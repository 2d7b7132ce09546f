#include "harness/base/input_file.hpp"

#include "harness/base/error.hpp"
#include "harness/base/file_calls.hpp"

namespace lockstep {

InputFile::InputFile(FileOps& files, const std::filesystem::path& path, FileOps::Symlinks symlinks)
    : files_{files}, path_{path}, descriptor_{uninterrupted([&] { return files.open_to_read(path, symlinks); })} {
  if (descriptor_ == -ELOOP && symlinks == FileOps::Symlinks::refuse)
    throw InputError{fmt::format("{}: a symbolic link, not a regular file", path.string())};
  if (descriptor_ < 0) throw_io_error(path_, "cannot open", descriptor_);
  FileStatus status;
  const int error = uninterrupted([&] { return files_.status(descriptor_, status); });
  if (error == 0 && status.is_regular) {
    size_ = status.size;
    return;
  }
  files_.close(descriptor_);
  if (error < 0) throw_io_error(path_, "cannot stat", error);
  throw InputError{fmt::format("{}: not a regular file", path.string())};
}

InputFile::~InputFile() { files_.close(descriptor_); }

std::size_t InputFile::read(std::span<std::byte> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const std::ptrdiff_t got = uninterrupted([&] { return files_.read(descriptor_, into.subspan(filled)); });
    if (got < 0) throw_io_error(path_, "cannot read", got);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace lockstep
