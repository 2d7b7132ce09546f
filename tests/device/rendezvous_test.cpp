// Ranks that meet by files: whatever lies there from before, whoever does not come.
#include "harness/device/rendezvous.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/device/rendezvous_note.hpp"

namespace lockstep {
namespace {

using Bytes = std::vector<std::byte>;
using Why = RendezvousFailed::Why;

constexpr Seconds for_ever{0};
constexpr Seconds a_moment{0.15};  // for what will never come

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

class RendezvousFiles : public ::testing::Test {
 protected:
  RendezvousFiles()
      : folder_{std::filesystem::path{::testing::TempDir()} /
                fmt::format("rendezvous-{}-{}", ::getpid(),
                            ::testing::UnitTest::GetInstance()->current_test_info()->name())} {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~RendezvousFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] Rendezvous rank(int rank, int ranks, Seconds deadline = for_ever, std::string run = "a run") const {
    return {.file = folder_ / "meet", .run = std::move(run), .rank = rank, .ranks = ranks, .deadline = deadline};
  }
  static Bytes meet_as(const Rendezvous& rendezvous) {
    SystemFiles files;
    return meet(files, rendezvous, bytes_of(rendezvous.rank == 0 ? "unique" : "ignored"));
  }
  static std::future<Bytes> begin(const Rendezvous& rendezvous) {
    return std::async(std::launch::async, [=] { return meet_as(rendezvous); });
  }
  static RendezvousFailed failure_of(const Rendezvous& rendezvous) {
    try {
      meet_as(rendezvous);
    } catch (const RendezvousFailed& failure) {
      return failure;
    }
    throw std::logic_error{"the ranks met"};
  }
  void write(const std::string& name, std::span<const std::byte> bytes) const {
    write_file_atomically(folder_ / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  void write(const std::string& name, const RendezvousNote& note) const { write(name, encode(note)); }
  /// What a run that was killed has left.
  void leave_everything_of_an_earlier_run(const std::string& run, std::uint32_t ranks) const {
    RendezvousNote announcement{
        .rank = 0, .ranks = ranks, .run = hash_text(run), .nonces = {}, .message = bytes_of("stale")};
    for (std::uint32_t other = 1; other < ranks; ++other) {
      announcement.nonces.push_back(other);
      write(fmt::format("meet.{}", other),
            {.rank = other, .ranks = ranks, .run = hash_text(run), .nonces = {other}, .message = {}});
    }
    write("meet", announcement);
  }
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder_}) names.push_back(entry.path().filename());
    return names;
  }

  std::filesystem::path folder_;
};

TEST_F(RendezvousFiles, every_rank_gets_the_message_and_nothing_is_left) {
  for (const int ranks : {1, 2, 3, 8}) {
    std::vector<std::future<Bytes>> all;
    for (int i = ranks - 1; i >= 0; --i) all.push_back(begin(rank(i, ranks)));
    for (auto& one : all) EXPECT_EQ(one.get(), bytes_of("unique"));
    EXPECT_TRUE(left().empty());
  }
}

TEST_F(RendezvousFiles, what_an_earlier_run_left_is_never_taken) {
  for (const std::string run : {"a run", "another run"})
    for (const std::uint32_t ranks : {2U, 3U, 4U}) {
      leave_everything_of_an_earlier_run(run, ranks);
      auto zero = begin(rank(0, 3));
      auto two = begin(rank(2, 3));
      std::this_thread::yield();
      auto one = begin(rank(1, 3));
      EXPECT_EQ(zero.get(), bytes_of("unique"));
      EXPECT_EQ(one.get(), bytes_of("unique"));
      EXPECT_EQ(two.get(), bytes_of("unique"));
      std::filesystem::remove(folder_ / "meet.3");
      EXPECT_TRUE(left().empty()) << run << " " << ranks;
    }
}

TEST_F(RendezvousFiles, a_rank_does_not_take_an_answer_to_another_process) {
  leave_everything_of_an_earlier_run("a run", 2);
  const RendezvousFailed failure = failure_of(rank(1, 2, a_moment));
  EXPECT_EQ(failure.why(), Why::other_run);
  EXPECT_EQ(failure.code(), ExitCode::deadline);
  EXPECT_EQ(left(), std::vector<std::string>{"meet"});  // not its own
}

TEST_F(RendezvousFiles, rank_0_does_not_take_an_arrival_of_another_process_for_one_of_its_run) {
  leave_everything_of_an_earlier_run("a run", 2);
  const RendezvousFailed failure = failure_of(rank(0, 2, a_moment));
  EXPECT_EQ(failure.why(), Why::other_run);
  EXPECT_NE(std::string{failure.what()}.find("rank 1"), std::string::npos) << failure.what();
}

TEST_F(RendezvousFiles, a_run_of_another_name_is_passed_by) {
  leave_everything_of_an_earlier_run("another run", 2);
  EXPECT_EQ(failure_of(rank(1, 2, a_moment)).why(), Why::other_run);
  leave_everything_of_an_earlier_run("another run", 2);
  EXPECT_EQ(failure_of(rank(0, 2, a_moment)).why(), Why::other_run);
}

TEST_F(RendezvousFiles, who_does_not_come_is_named) {
  auto one = begin(rank(1, 4, a_moment));
  const RendezvousFailed failure = failure_of(rank(0, 4, a_moment));
  EXPECT_EQ(failure.why(), Why::absent);
  EXPECT_NE(std::string{failure.what()}.find("2, 3 has not come"), std::string::npos) << failure.what();
  EXPECT_THROW(one.get(), RendezvousFailed);
  EXPECT_TRUE(left().empty());
}

TEST_F(RendezvousFiles, a_missing_rank_0_is_an_absent_file) {
  const RendezvousFailed failure = failure_of(rank(1, 2, a_moment));
  EXPECT_EQ(failure.why(), Why::absent);
  EXPECT_NE(std::string{failure.what()}.find("meet is not there"), std::string::npos) << failure.what();
  EXPECT_TRUE(left().empty());
}

TEST_F(RendezvousFiles, damaged_files_are_called_so) {
  write("meet", bytes_of("once upon a time"));
  EXPECT_EQ(failure_of(rank(1, 2, a_moment)).why(), Why::damaged);
  write("meet.1", bytes_of("once upon a time"));
  EXPECT_EQ(failure_of(rank(0, 2, a_moment)).why(), Why::damaged);
  write("meet.1", {.rank = 2, .ranks = 3, .run = hash_text("a run"), .nonces = {5}, .message = {}});
  EXPECT_EQ(failure_of(rank(0, 3, a_moment)).why(), Why::damaged);
}

TEST_F(RendezvousFiles, what_is_no_regular_file_is_damaged) {
  std::filesystem::create_directory(folder_ / "meet");
  EXPECT_EQ(failure_of(rank(1, 2, a_moment)).why(), Why::damaged);
  std::filesystem::remove(folder_ / "meet");
  write("elsewhere", encode({.rank = 0, .ranks = 2, .run = hash_text("a run"), .nonces = {5}, .message = {}}));
  std::filesystem::create_symlink("elsewhere", folder_ / "meet");
  EXPECT_EQ(failure_of(rank(1, 2, a_moment)).why(), Why::damaged);
  std::filesystem::remove(folder_ / "meet");
  std::ofstream{folder_ / "meet"} << std::string(largest_rendezvous_file + 1, ' ');
  EXPECT_EQ(failure_of(rank(1, 2, a_moment)).why(), Why::damaged);
}

TEST_F(RendezvousFiles, a_damaged_file_is_replaced_by_the_run_that_comes) {
  write("meet", bytes_of("once upon a time"));
  write("meet.1", bytes_of("once upon a time"));
  auto zero = begin(rank(0, 2));
  EXPECT_EQ(meet_as(rank(1, 2)), bytes_of("unique"));
  EXPECT_EQ(zero.get(), bytes_of("unique"));
  EXPECT_TRUE(left().empty());
}

TEST_F(RendezvousFiles, ranks_that_were_told_different_sizes_find_out_at_once) {
  auto zero = begin(rank(0, 2));
  EXPECT_EQ(failure_of(rank(1, 3)).why(), Why::other_size);
  try {
    zero.get();
    FAIL() << "the ranks met";
  } catch (const RendezvousFailed& failure) {
    EXPECT_EQ(failure.why(), Why::other_size);
  }
  EXPECT_TRUE(left().empty());
}

TEST_F(RendezvousFiles, a_rank_that_the_others_do_not_know_of_is_told_the_size) {
  leave_everything_of_an_earlier_run("a run", 2);
  EXPECT_EQ(failure_of(rank(2, 3, a_moment)).why(), Why::other_size);
}

TEST_F(RendezvousFiles, a_rank_outside_of_the_group_is_a_mistake) {
  EXPECT_THROW(meet_as(rank(2, 2)), UsageError);
  EXPECT_THROW(meet_as(rank(-1, 2)), UsageError);
  EXPECT_THROW(meet_as(rank(0, 0)), UsageError);
  EXPECT_THROW(meet_as(rank(0, 65537)), UsageError);
}

TEST_F(RendezvousFiles, a_folder_that_is_not_there_is_an_error_of_the_system) {
  Rendezvous nowhere = rank(1, 2);
  nowhere.file = folder_ / "no folder" / "meet";
  EXPECT_THROW(meet_as(nowhere), IoError);
}

}  // namespace
}  // namespace lockstep
