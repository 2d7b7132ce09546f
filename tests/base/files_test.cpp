#include "harness/base/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

class Files : public ::testing::Test {
 protected:
  Files()
      : directory_{std::filesystem::path{::testing::TempDir()} /
                   ::testing::UnitTest::GetInstance()->current_test_info()->name()} {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~Files() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

std::size_t entries(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator{directory}, std::filesystem::directory_iterator{}));
}

TEST_F(Files, ReadsBackWhatWasWritten) {
  const std::string content("a\0b\n", 4);
  write_file_atomically(directory_ / "f", content);
  EXPECT_EQ(read_file(directory_ / "f", 100), content);
  EXPECT_EQ(entries(directory_), 1U) << "no temporary file remains";
}

TEST_F(Files, RefusesMissingLargeAndIrregular) {
  EXPECT_THROW(read_file(directory_ / "missing", 10), IoError);
  EXPECT_THROW(read_file(directory_, 10), InputError);
  write_file_atomically(directory_ / "large", "0123456789A");
  EXPECT_THROW(read_file(directory_ / "large", 10), InputError);
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(read_file(directory_ / "pipe", 10), InputError) << "and does not block";
}

TEST_F(Files, FailedReplacementKeepsTheOldFile) {
  std::filesystem::create_directory(directory_ / "occupied");
  std::ofstream{directory_ / "occupied" / "f"} << "x";
  EXPECT_THROW(write_file_atomically(directory_ / "occupied", "new"), IoError)
      << "a directory cannot be replaced by a file";
  EXPECT_EQ(entries(directory_), 1U) << "no temporary file remains";
  EXPECT_THROW(write_file_atomically(directory_ / "no" / "such" / "f", "new"), IoError);
}

TEST_F(Files, FullDiskIsAnIoError) { EXPECT_THROW(append_line("/dev/full", "x"), IoError); }

TEST_F(Files, AppendsLines) {
  append_line(directory_ / "log", "one");
  append_line(directory_ / "log", "two");
  EXPECT_EQ(read_file(directory_ / "log", 100), "one\ntwo\n");
}

}  // namespace
}  // namespace lockstep
