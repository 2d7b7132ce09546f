#include "tests/doubles/crash_states.hpp"

#include <algorithm>
#include <set>

#include "harness/base/error.hpp"

namespace lockstep::testing {
namespace {

/// Puts one event onto a disk.
struct Apply {
  Disk& disk;
  std::map<Inode, std::size_t>& sizes;

  void operator()(const event::Write& write) const {
    std::string& content = disk.contents[write.inode];
    content.resize(std::max(content.size(), write.offset + write.bytes.size()));
    content.replace(write.offset, write.bytes.size(), write.bytes);
  }
  void operator()(const event::Grow& grow) const { sizes[grow.inode] = grow.size; }
  void operator()(const event::Truncate& truncate) const {
    disk.contents[truncate.inode].clear();
    sizes[truncate.inode] = 0;
  }
  void operator()(const event::Names& names) const {
    for (const auto& [path, inode] : names.changes) {
      if (inode)
        disk.names[path] = *inode;
      else
        disk.names.erase(path);
    }
  }
  void operator()(const event::SyncFile&) const {}
  void operator()(const event::SyncDirectory&) const {}
};

/// Whether `sync` makes an earlier event durable.
bool covers(const FileEvent& sync, const FileEvent& earlier) {
  if (const auto* file = std::get_if<event::SyncFile>(&sync))
    return std::visit(
        [&](const auto& change) {
          if constexpr (requires { change.inode; })
            return change.inode == file->inode;
          else
            return false;
        },
        earlier);
  const auto* directory = std::get_if<event::SyncDirectory>(&sync);
  const auto* names = std::get_if<event::Names>(&earlier);
  return directory != nullptr && names != nullptr && names->directory == directory->directory;
}

bool is_sync(const FileEvent& one) {
  return std::holds_alternative<event::SyncFile>(one) || std::holds_alternative<event::SyncDirectory>(one);
}

bool is_durable(std::span<const FileEvent> events, std::size_t index) {
  return std::ranges::any_of(events.subspan(index),
                             [&](const FileEvent& later) { return covers(later, events[index]); });
}

/// The disk after these events; of the files only what their sizes cover.
Disk disk_after(const Disk& before, std::span<const FileEvent* const> survivors) {
  Disk disk = before;
  std::map<Inode, std::size_t> sizes;
  for (const auto& [inode, content] : before.contents) sizes[inode] = content.size();
  for (const FileEvent* one : survivors) std::visit(Apply{disk, sizes}, *one);
  for (auto& [inode, content] : disk.contents) content.resize(sizes[inode]);
  std::erase_if(disk.names, [&](const auto& name) {
    return !Disk{disk}.has(name.first);  // a directory above it was lost
  });
  std::set<Inode> named;
  for (const auto& [path, inode] : disk.names) named.insert(inode);
  std::erase_if(disk.contents, [&](const auto& content) { return !named.contains(content.first); });
  return disk;
}

/// As a key: file by file, whatever the numbers of their inodes.
std::string key_of(const Disk& disk) {
  std::string key;
  for (const auto& [path, inode] : disk.names) key += path + '\0' + disk.file(path).value_or("directory") + '\0';
  return key;
}

}  // namespace

void for_each_crash_state(const Disk& before, std::span<const FileEvent> events,
                          const std::function<void(const Disk&)>& visit) {
  std::vector<std::size_t> uncertain;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (!is_sync(events[i]) && !is_durable(events, i)) uncertain.push_back(i);
  require(uncertain.size() <= 24, "2^{} crash states", uncertain.size());
  for (std::size_t lost = 0; lost < std::size_t{1} << uncertain.size(); ++lost) {
    std::set<std::size_t> gone;
    for (std::size_t i = 0; i < uncertain.size(); ++i)
      if ((lost >> i & 1) == 1) gone.insert(uncertain[i]);
    std::vector<const FileEvent*> survivors;
    for (std::size_t i = 0; i < events.size(); ++i)
      if (!gone.contains(i)) survivors.push_back(&events[i]);
    visit(disk_after(before, survivors));
  }
}

void for_each_crash_state_on_the_way(const Disk& before, std::span<const FileEvent> events,
                                     const std::function<void(const Disk&, bool all_done)>& visit) {
  std::set<std::pair<bool, std::string>> seen;
  for (std::size_t count = 0; count <= events.size(); ++count) {
    const bool all_done = count == events.size();
    for_each_crash_state(before, events.first(count), [&](const Disk& disk) {
      if (seen.emplace(all_done, key_of(disk)).second) visit(disk, all_done);
    });
  }
}

}  // namespace lockstep::testing
