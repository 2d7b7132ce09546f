#include "harness/base/atomic_file.hpp"

#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "tests/doubles/crash_states.hpp"
#include "tests/doubles/faulty_files.hpp"

namespace lockstep {
namespace {

using testing::Disk;
using testing::FaultyFiles;
using testing::FileFault;
using testing::MemoryFiles;

const std::string old_content(600, 'o');
const std::string new_content(700, 'n');

/// A disk with a durable file.
Disk disk_before() { return {.names = {{"/f", 1}}, .contents = {{1, old_content}}}; }

/// What a crash can do to the file, by number of disks.
struct Findings {
  int disks = 0;
  int torn = 0;  // neither the old nor the new content
  int lost = 0;  // the old content after the writer had returned
};

Findings explore(const std::function<void(MemoryFiles&)>& write) {
  MemoryFiles files{disk_before()};
  write(files);
  Findings findings;
  testing::for_each_crash_state_on_the_way(disk_before(), files.events(), [&](const Disk& disk, bool all_done) {
    ++findings.disks;
    const std::optional<std::string> content = disk.file("/f");
    if (content != old_content && content != new_content)
      ++findings.torn;
    else if (all_done && content != new_content)
      ++findings.lost;
  });
  return findings;
}

void write_whole(MemoryFiles& files, int file) { files.write(file, std::as_bytes(std::span{new_content})); }

TEST(AtomicFile, NoCrashTearsOrLosesAFile) {
  const Findings findings = explore([](MemoryFiles& files) { write_file_atomically(files, "/f", new_content); });
  EXPECT_EQ(findings.disks, 11) << "no temporary file, an empty one, one with any of its 3 blocks, the new file";
  EXPECT_EQ(findings.torn, 0);
  EXPECT_EQ(findings.lost, 0);
}

TEST(AtomicFile, PlantedTruncationInPlaceIsFound) {
  const Findings findings = explore([](MemoryFiles& files) {
    const int file = files.create_or_truncate("/f");
    write_whole(files, file);
    files.fsync(file);
  });
  EXPECT_GT(findings.torn, 0);
}

TEST(AtomicFile, PlantedRenameWithoutFsyncIsFound) {
  const Findings findings = explore([](MemoryFiles& files) {
    write_whole(files, files.create("/t"));
    files.rename("/t", "/f");
    files.fsync(files.open_directory("/"));
  });
  EXPECT_GT(findings.torn, 0);
}

TEST(AtomicFile, PlantedRenameBeforeFsyncIsFound) {
  const Findings findings = explore([](MemoryFiles& files) {
    const int file = files.create("/t");
    write_whole(files, file);
    files.rename("/t", "/f");
    files.fsync(file);
    files.fsync(files.open_directory("/"));
  });
  EXPECT_GT(findings.torn, 0);
  EXPECT_EQ(findings.lost, 0);
}

TEST(AtomicFile, PlantedWriteAfterFsyncIsFound) {
  const Findings findings = explore([](MemoryFiles& files) {
    const int file = files.create("/t");
    files.write(file, std::as_bytes(std::span{new_content}.first(512)));
    files.fsync(file);
    files.write(file, std::as_bytes(std::span{new_content}.subspan(512)));
    files.rename("/t", "/f");
    files.fsync(files.open_directory("/"));
  });
  EXPECT_GT(findings.torn, 0);
}

TEST(AtomicFile, PlantedNoFsyncOfTheDirectoryIsFound) {
  const Findings findings = explore([](MemoryFiles& files) {
    const int file = files.create("/t");
    write_whole(files, file);
    files.fsync(file);
    files.rename("/t", "/f");
  });
  EXPECT_EQ(findings.torn, 0);
  EXPECT_GT(findings.lost, 0);
}

TEST(AtomicFile, WithoutCommitNothingHappens) {
  MemoryFiles files{disk_before()};
  { AtomicFile{files, "/f"}.write(new_content); }
  EXPECT_EQ(files.disk().file("/f"), old_content);
  EXPECT_EQ(files.disk().names.size(), 1U);
}

TEST(AtomicFile, TwoWritersOfOnePathDoNotMeet) {
  MemoryFiles files{disk_before()};
  AtomicFile first{files, "/f"};
  AtomicFile second{files, "/f"};
  first.write("first");
  second.write("second");
  first.commit();
  EXPECT_EQ(files.disk().file("/f"), "first");
  second.commit();
  EXPECT_EQ(files.disk().file("/f"), "second");
}

TEST(AtomicFile, AFaultInAnyCallKeepsOneContentWholeAndNoTemporaryFile) {
  for (std::size_t at = 0;; ++at) {
    MemoryFiles files{disk_before()};
    FaultyFiles faulty{files, {FileFault::Kind::fails, at, ENOSPC}};
    try {
      write_file_atomically(faulty, "/f", new_content);
    } catch (const IoError&) {
    }
    EXPECT_EQ(files.disk().names.size(), 1U) << faulty.fired_at();
    const std::string content = files.disk().file("/f").value_or("nothing");
    EXPECT_TRUE(content == old_content || content == new_content) << faulty.fired_at();
    if (!faulty.fired()) break;
  }
}

TEST(MakeDirectories, AreDurable) {
  MemoryFiles files;
  make_directories(files, "/a/b/c");
  make_directories(files, "/a/b/c");
  testing::for_each_crash_state({}, files.events(), [](const Disk& disk) { EXPECT_TRUE(disk.has("/a/b/c")); });
}

}  // namespace
}  // namespace lockstep
