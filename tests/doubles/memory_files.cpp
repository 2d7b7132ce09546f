#include "tests/doubles/memory_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lockstep::testing {
namespace {

std::string parent_of(const std::string& path) { return std::filesystem::path{path}.parent_path().string(); }

}  // namespace

bool Disk::has(const std::string& path) const { return path == "/" || (names.contains(path) && has(parent_of(path))); }

std::optional<std::string> Disk::file(const std::string& path) const {
  if (!has(path) || names.at(path) == directory_inode) return std::nullopt;
  const auto content = contents.find(names.at(path));
  return content == contents.end() ? std::string{} : content->second;
}

MemoryFiles::MemoryFiles(Disk disk) : disk_{std::move(disk)} {
  for (const auto& [path, inode] : disk_.names) next_inode_ = std::max(next_inode_, inode + 1);
}

int MemoryFiles::open(const std::string& path, Inode inode) {
  open_[next_descriptor_] = {path, inode, 0};
  return next_descriptor_++;
}

void MemoryFiles::change_names(const std::string& directory,
                               std::vector<std::pair<std::string, std::optional<Inode>>> changes) {
  for (const auto& [path, inode] : changes) {
    if (inode)
      disk_.names[path] = *inode;
    else
      disk_.names.erase(path);
  }
  events_.emplace_back(event::Names{directory, std::move(changes)});
}

int MemoryFiles::new_file(const std::string& path) {
  if (!disk_.has(parent_of(path))) return -ENOENT;
  const Inode inode = next_inode_++;
  disk_.contents[inode];
  change_names(parent_of(path), {{path, inode}});
  return open(path, inode);
}

int MemoryFiles::open_to_read(const Path& path, Symlinks) {
  return disk_.has(path) ? open(path, disk_.names.at(path)) : -ENOENT;
}

int MemoryFiles::create(const Path& path) { return disk_.has(path) ? -EEXIST : new_file(path); }

int MemoryFiles::open_to_append(const Path& path) {
  if (!disk_.has(path)) return new_file(path);
  const Inode inode = disk_.names.at(path);
  const int file = open(path, inode);
  open_[file].offset = disk_.contents[inode].size();
  return file;
}

int MemoryFiles::create_or_truncate(const Path& path) {
  if (!disk_.has(path)) return new_file(path);
  const Inode inode = disk_.names.at(path);
  disk_.contents[inode].clear();
  events_.emplace_back(event::Truncate{inode});
  return open(path, inode);
}

int MemoryFiles::open_directory(const Path& path) {
  if (!disk_.has(path)) return -ENOENT;
  if (path != "/" && disk_.names.at(path) != directory_inode) return -ENOTDIR;
  return open(path, directory_inode);
}

std::ptrdiff_t MemoryFiles::read(int file, std::span<std::byte> into) {
  Open& from = open_.at(file);
  const std::string& content = disk_.contents[from.inode];
  const std::size_t count = std::min(into.size(), content.size() - std::min(from.offset, content.size()));
  if (count > 0) std::memcpy(into.data(), content.data() + from.offset, count);
  from.offset += count;
  return static_cast<std::ptrdiff_t>(count);
}

std::ptrdiff_t MemoryFiles::write(int file, std::span<const std::byte> bytes) {
  Open& to = open_.at(file);
  const std::size_t size = bytes.size();
  for (std::size_t done = 0; done < size;) {
    const std::size_t part = std::min(size - done, block - to.offset % block);
    const std::string text{reinterpret_cast<const char*>(bytes.data()) + done, part};
    std::string& content = disk_.contents[to.inode];
    content.resize(std::max(content.size(), to.offset + part));
    content.replace(to.offset, part, text);
    events_.emplace_back(event::Write{to.inode, to.offset, text});
    to.offset += part;
    done += part;
  }
  if (size > 0) events_.emplace_back(event::Grow{to.inode, to.offset});
  return static_cast<std::ptrdiff_t>(size);
}

int MemoryFiles::status(int file, FileStatus& status) {
  const Inode inode = open_.at(file).inode;
  status = {inode != directory_inode, inode == directory_inode ? 0 : disk_.contents[inode].size()};
  return 0;
}

int MemoryFiles::fsync(int file) {
  const Open& open = open_.at(file);
  if (open.inode == directory_inode)
    events_.emplace_back(event::SyncDirectory{open.path});
  else
    events_.emplace_back(event::SyncFile{open.inode});
  return 0;
}

int MemoryFiles::close(int file) { return open_.erase(file) == 1 ? 0 : -EBADF; }

int MemoryFiles::rename(const Path& from, const Path& to) {
  if (!disk_.has(from) || !disk_.has(parent_of(to))) return -ENOENT;
  change_names(parent_of(to), {{to, disk_.names.at(from)}, {from, std::nullopt}});
  return 0;
}

int MemoryFiles::remove(const Path& path) {
  if (!disk_.has(path)) return -ENOENT;
  change_names(parent_of(path), {{path, std::nullopt}});
  return 0;
}

int MemoryFiles::make_directory(const Path& path) {
  if (disk_.has(path)) return -EEXIST;
  if (!disk_.has(parent_of(path))) return -ENOENT;
  change_names(parent_of(path), {{path, directory_inode}});
  return 0;
}

int MemoryFiles::list(const Path& directory, std::vector<std::string>& names) {
  if (!disk_.has(directory)) return -ENOENT;
  for (const auto& [path, inode] : disk_.names)
    if (parent_of(path) == directory) names.push_back(Path{path}.filename());
  return 0;
}

}  // namespace lockstep::testing
