// Every disk that a crash of the machine can leave while the store saves, read by the store.
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "tests/checkpoint/examples.hpp"
#include "tests/doubles/crash_states.hpp"

namespace lockstep {
namespace {

using testing::Disk;
using testing::ExampleState;
using testing::MemoryFiles;

constexpr const char* directory = "/checkpoints";

/// A disk on which these steps are durable.
Disk disk_with(std::initializer_list<std::uint64_t> steps) {
  MemoryFiles files;
  CheckpointStore store{files, directory, steps.size() + 1};
  for (const std::uint64_t step : steps) testing::save_example(store, step);
  return files.disk();
}

/// How many disks a crash can leave, and on how many of them the promise is broken.
struct Findings {
  int disks = 0;
  int unloadable = 0;  // no checkpoint, or an error
  int wrong = 0;       // a checkpoint that nobody saved
  int lost = 0;        // an older one, after saving had returned
};

using Write = std::function<void(MemoryFiles&)>;

/// `saved` is the step that `write` saves.
Findings explore(const Disk& before, std::uint64_t saved, const Write& write) {
  MemoryFiles files{before};
  write(files);
  Findings findings;
  testing::for_each_crash_state_on_the_way(before, files.events(), [&](const Disk& disk, bool all_done) {
    ++findings.disks;
    MemoryFiles survived{disk};
    try {
      const NewestCheckpoint newest = CheckpointStore{survived, directory, 1}.load_newest();
      if (!newest.checkpoint)
        ++findings.unloadable;
      else if (!ExampleState{newest.checkpoint->step}.equals(*newest.checkpoint))
        ++findings.wrong;
      else if (all_done && newest.checkpoint->step != saved)
        ++findings.lost;
    } catch (const Error&) {
      ++findings.unloadable;
    }
  });
  return findings;
}

Write save_with_store(std::uint64_t step, std::size_t keep) {
  return [=](MemoryFiles& files) {
    CheckpointStore store{files, directory, keep};
    testing::save_example(store, step);
  };
}

void expect_kept_promise(const Findings& findings, int at_least) {
  EXPECT_GE(findings.disks, at_least) << "few crashes were tried";
  EXPECT_EQ(findings.unloadable, 0);
  EXPECT_EQ(findings.wrong, 0);
  EXPECT_EQ(findings.lost, 0);
}

TEST(Crash, WhileTheNextStepIsSaved) { expect_kept_promise(explore(disk_with({1}), 2, save_with_store(2, 2)), 30); }

TEST(Crash, WhileAnOldStepIsRemoved) { expect_kept_promise(explore(disk_with({1, 2}), 3, save_with_store(3, 1)), 30); }

TEST(Crash, WhileAStepIsSavedAgain) { expect_kept_promise(explore(disk_with({1}), 1, save_with_store(1, 1)), 30); }

TEST(Crash, WhileSeveralStepsAreSaved) {
  const Write two_steps = [](MemoryFiles& files) {
    CheckpointStore store{files, directory, 1};
    testing::save_example(store, 2);
    testing::save_example(store, 3);
  };
  expect_kept_promise(explore(disk_with({1}), 3, two_steps), 60);
}

TEST(Crash, OfTheFirstSaveLosesNothingThatWasPromised) {
  const Findings findings = explore({}, 1, save_with_store(1, 1));
  EXPECT_EQ(findings.wrong, 0);
  EXPECT_EQ(findings.lost, 0) << "the new directory itself is durable";
  EXPECT_GT(findings.unloadable, 0) << "before it has returned there may be none";
}

/// The bytes of a checkpoint, to be written in wrong ways.
std::string content_of(std::uint64_t step) {
  return disk_with({step}).file(std::string{directory} + "/" + checkpoint_name(step)).value();
}

std::string path_of(std::uint64_t step) { return std::string{directory} + "/" + checkpoint_name(step); }

/// A planted protocol: as the store saves step 2, but with what the test leaves out or does too early.
struct Protocol {
  bool in_place = false;
  bool syncs_file = true;
  bool syncs_directory = true;
  bool removes_old_first = false;

  void operator()(MemoryFiles& files) const {
    const std::string content = content_of(2);
    const std::string temporary = in_place ? path_of(2) : path_of(2) + ".tmp";
    if (removes_old_first) files.remove(path_of(1));
    const int file = files.create_or_truncate(temporary);
    files.write(file, std::as_bytes(std::span{content}));
    if (syncs_file) files.fsync(file);
    files.close(file);
    if (!in_place) files.rename(temporary, path_of(2));
    if (syncs_directory) files.fsync(files.open_directory(directory));
    if (!removes_old_first) files.remove(path_of(1));
  }
};

TEST(Crash, TheProtocolOfTheStoreStepByStepIsSound) { expect_kept_promise(explore(disk_with({1}), 2, Protocol{}), 8); }

TEST(Crash, PlantedNoFsyncIsFound) {
  const Findings findings = explore(disk_with({1}), 2, Protocol{.syncs_file = false});
  EXPECT_GT(findings.unloadable, 0) << "the old one is gone and the new one torn";
  EXPECT_EQ(findings.wrong, 0) << "the hashes see to that";
}

TEST(Crash, PlantedNoFsyncOfTheDirectoryIsFound) {
  const Findings findings = explore(disk_with({1}), 2, Protocol{.syncs_directory = false});
  EXPECT_GT(findings.unloadable + findings.lost, 0);
}

TEST(Crash, PlantedRemovalBeforeTheNewOneIsDurableIsFound) {
  EXPECT_GT(explore(disk_with({1}), 2, Protocol{.removes_old_first = true}).unloadable, 0);
}

TEST(Crash, PlantedOverwritingInPlaceIsFound) {
  Disk before = disk_with({1});
  const Write in_place = [](MemoryFiles& files) {
    const std::string content = content_of(1);
    const int file = files.create_or_truncate(path_of(1));
    files.write(file, std::as_bytes(std::span{content}));
    files.fsync(file);
    files.fsync(files.open_directory(directory));
  };
  EXPECT_GT(explore(before, 1, in_place).unloadable, 0);
}

}  // namespace
}  // namespace lockstep
