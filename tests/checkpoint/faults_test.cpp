// Every call of the operating system that saving and loading make: failed, interrupted, cut short, and the last one
// before the process is killed. Entry 81 of the catalogue of bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include "harness/base/atomic_file.hpp"
#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "tests/checkpoint/examples.hpp"
#include "tests/doubles/faulty_files.hpp"
#include "tests/doubles/memory_files.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using testing::ExampleState;
using testing::FaultyFiles;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using Kind = testing::FileFault::Kind;

/// Everything that a store does: opens its directory, loads, saves step 2 and removes step 1. Returns the loaded step.
std::uint64_t work(FileOps& files, const std::filesystem::path& directory) {
  CheckpointStore store{files, directory, 1};
  const std::uint64_t loaded = store.load_newest().checkpoint.value().step;
  testing::save_example(store, 2);
  return loaded;
}

/// A directory with checkpoints, and what may not happen to it.
class Directory {
 public:
  /// Puts step 1 there.
  Directory(FileOps& files, std::filesystem::path path) : files_{files}, path_{std::move(path)} {
    CheckpointStore store{files_, path_, 9};
    testing::save_example(store, 1);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The step that loads; its state is whole.
  [[nodiscard]] std::uint64_t newest() const {
    const NewestCheckpoint newest = CheckpointStore{files_, path_, 1}.load_newest();
    EXPECT_TRUE(ExampleState{newest.checkpoint.value().step}.equals(*newest.checkpoint));
    return newest.checkpoint->step;
  }
  [[nodiscard]] bool has_temporary_file() const {
    const std::vector<std::string> names = names_in(files_, path_);
    return std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(temporary_suffix); });
  }
  void expect_a_new_try_works() const {
    work(files_, path_);
    EXPECT_EQ(newest(), 2U);
  }

 private:
  FileOps& files_;
  std::filesystem::path path_;
};

constexpr const char* in_memory = "/checkpoints";

class FailedCall : public ::testing::TestWithParam<int> {};

TEST_P(FailedCall, LeavesACheckpointAndNoTemporaryFile) {
  const int error = GetParam();
  std::set<std::string> met;
  for (std::size_t at = 0;; ++at) {
    MemoryFiles files;
    const Directory directory{files, in_memory};
    FaultyFiles faulty{files, {Kind::fails, at, error}};
    std::string failure;
    try {
      work(faulty, in_memory);
    } catch (const Error& thrown) {  // InputError: step 1 could not be read, and there is no other
      failure = thrown.what();
    }
    if (!faulty.fired()) break;
    SCOPED_TRACE(fmt::format("{}, call {}", faulty.fired_at(), at));
    met.insert(faulty.fired_at());
    if (faulty.fired_at() != "close") {
      EXPECT_THAT(failure, HasSubstr(::strerror(error)));
    }
    EXPECT_GE(directory.newest(), 1U);
    EXPECT_FALSE(directory.has_temporary_file());
    directory.expect_a_new_try_works();
  }
  EXPECT_THAT(met, ElementsAre("close", "create", "fsync", "list", "make_directory", "open_directory", "open_to_read",
                               "read", "remove", "rename", "status", "write"));
}

INSTANTIATE_TEST_SUITE_P(Errors, FailedCall, ::testing::Values(ENOSPC, EIO, EDQUOT, EROFS),
                         [](const auto& one) { return std::string{::strerrorname_np(one.param)}; });

TEST(InterruptedCall, IsMadeAgainExceptFsync) {
  for (std::size_t at = 0;; ++at) {
    MemoryFiles files;
    const Directory directory{files, in_memory};
    FaultyFiles faulty{files, {Kind::fails, at, EINTR}};
    bool failed = false;
    try {
      EXPECT_EQ(work(faulty, in_memory), 1U);
    } catch (const IoError&) {
      failed = true;
    }
    if (!faulty.fired()) break;
    SCOPED_TRACE(fmt::format("{}, call {}", faulty.fired_at(), at));
    EXPECT_EQ(failed, faulty.fired_at() == "fsync");
    EXPECT_GE(directory.newest(), failed ? 1U : 2U);
    EXPECT_FALSE(directory.has_temporary_file());
  }
}

TEST(ShortTransfer, IsContinued) {
  int met = 0;
  std::size_t calls = 1;
  for (std::size_t at = 0; at < calls; ++at) {
    MemoryFiles files;
    const Directory directory{files, in_memory};
    FaultyFiles faulty{files, {Kind::transfers_half, at, 0}};
    EXPECT_EQ(work(faulty, in_memory), 1U);
    EXPECT_EQ(directory.newest(), 2U) << "call " << at;
    if (faulty.fired()) ++met;
    calls = faulty.calls();
  }
  EXPECT_EQ(met, 7) << "reads of the length, the header and 2 tensors; writes of the header and 2 tensors";
}

TEST(FailedFsync, IsNotRepeated) {
  int met = 0;
  for (std::size_t at = 0;; ++at) {
    MemoryFiles files;
    const Directory directory{files, in_memory};
    FaultyFiles faulty{files, {Kind::fails, at, EIO}};
    try {
      work(faulty, in_memory);
    } catch (const Error&) {
    }
    if (!faulty.fired()) break;
    if (faulty.fired_at() != "fsync") continue;
    ++met;
    const std::size_t later_calls = faulty.calls() - at - 1;
    EXPECT_LE(later_calls, 2U) << "close, and remove of a temporary file";
  }
  EXPECT_EQ(met, 2) << "of the file and of the directory";
}

/// Runs `work` in a child process and returns how it ended, as wait gives it.
template <typename Work>
int ended_in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
    } catch (const IoError&) {
      ::_exit(7);
    } catch (...) {
      ::_exit(70);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

class RealFiles : public testing::FolderTest {
 protected:
  SystemFiles files_;
};

TEST_F(RealFiles, AKilledProcessLeavesACheckpoint) {
  std::size_t kills = 0;
  for (std::size_t at = 0;; ++at) {
    const Directory directory{files_, folder_ / std::to_string(at)};
    const int status = ended_in_child([&] {
      FaultyFiles faulty{files_, {Kind::kills, at, 0}};
      work(faulty, directory.path());
    });
    EXPECT_GE(directory.newest(), 1U) << "killed at call " << at;
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    ++kills;
    directory.expect_a_new_try_works();
  }
  EXPECT_GT(kills, 20U);
}

TEST_F(RealFiles, TwoProcessesThatSaveOneStepLeaveAWholeFile) {  // entry 82
  const Directory directory{files_, folder_};
  const auto save_often = [&] {
    for (int i = 0; i < 20; ++i) {
      CheckpointStore store{files_, folder_, 1};
      testing::save_example(store, 2);
      if (store.load_newest().checkpoint.value().step != 2) ::_exit(1);
    }
  };
  const pid_t other = ::fork();
  if (other == 0) {
    save_often();
    ::_exit(0);
  }
  EXPECT_EQ(ended_in_child(save_often), 0);
  int status = 0;
  ::waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(directory.newest(), 2U);
  EXPECT_FALSE(directory.has_temporary_file());
}

TEST_F(RealFiles, AFullDiskLeavesTheOldCheckpoint) {
  const Directory directory{files_, folder_};
  const std::size_t size = std::filesystem::file_size(folder_ / checkpoint_name(1));
  for (std::size_t limit = 0; limit < size + 32; limit += 32) {
    const int status = ended_in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit file_size{limit, limit};
      ::setrlimit(RLIMIT_FSIZE, &file_size);
      CheckpointStore store{files_, folder_, 1};
      testing::save_example(store, 1);
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), limit < size ? 7 : 0) << limit << " of " << size << " bytes";
    EXPECT_EQ(directory.newest(), 1U);
    EXPECT_FALSE(directory.has_temporary_file());
  }
}

}  // namespace
}  // namespace lockstep
