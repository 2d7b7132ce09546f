#include "harness/base/files.hpp"

#include "harness/base/atomic_file.hpp"
#include "harness/base/error.hpp"
#include "harness/base/file_calls.hpp"
#include "harness/base/input_file.hpp"

namespace lockstep {

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  SystemFiles files;
  InputFile file{files, path};
  if (file.size() > limit)
    throw InputError{fmt::format("{}: too large ({} bytes, limit {})", path.string(), file.size(), limit)};
  std::string content(file.size(), '\0');
  content.resize(file.read(std::as_writable_bytes(std::span{content})));
  return content;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  SystemFiles files;
  write_file_atomically(files, path, content);
}

void write_file_atomically(FileOps& files, const std::filesystem::path& path, std::string_view content) {
  AtomicFile file{files, path};
  file.write(content);
  file.commit();
}

void append_line(const std::filesystem::path& path, std::string_view line) {
  SystemFiles files;
  const std::string text = std::string{line} + '\n';
  const int descriptor = uninterrupted([&] { return files.open_to_append(path); });
  if (descriptor < 0) throw_io_error(path, "cannot open", descriptor);
  try {
    write_all(files, descriptor, std::as_bytes(std::span{text}), path);
  } catch (const IoError&) {
    files.close(descriptor);
    throw;
  }
  const int error = files.close(descriptor);
  if (error < 0 && error != -EINTR) throw_io_error(path, "cannot close", error);
}

std::vector<std::string> names_in(FileOps& files, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  const int error = uninterrupted([&] {
    names.clear();
    return files.list(directory, names);
  });
  if (error < 0) throw_io_error(directory, "cannot list", error);
  return names;
}

void make_directories(FileOps& files, const std::filesystem::path& directory) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : directory) {
    const std::filesystem::path above = made.empty() ? "." : made;
    made /= part;
    const int error = uninterrupted([&] { return files.make_directory(made); });
    if (error == -EEXIST) continue;
    if (error < 0) throw_io_error(made, "cannot make the directory", error);
    sync_directory(files, above);
  }
}

void sync_directory(FileOps& files, const std::filesystem::path& directory) {
  const int descriptor = uninterrupted([&] { return files.open_directory(directory); });
  if (descriptor < 0) throw_io_error(directory, "cannot open", descriptor);
  const int error = files.fsync(descriptor);
  files.close(descriptor);
  if (error < 0) throw_io_error(directory, "cannot fsync", error);
}

}  // namespace lockstep
