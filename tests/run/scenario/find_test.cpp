#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/run/scenario/document.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

class FindScenarios : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "b" / "inner");
    std::filesystem::create_directories(folder / "empty.toml");
    for (const char* name : {"z.toml", "a.toml", "b/inner/c.toml", "b/notes.md"})
      write_file_atomically(folder / name, testing::valid_scenario());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::vector<std::filesystem::path> find(std::vector<std::filesystem::path> paths) { return find_scenarios(paths); }

  const std::filesystem::path folder =
      std::filesystem::path{::testing::TempDir()} /
      (std::string{"find_"} + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(FindScenarios, AFolderIsAllTomlFilesBelowItSorted) {
  EXPECT_THAT(find({folder}), ElementsAre(folder / "a.toml", folder / "b/inner/c.toml", folder / "z.toml"));
}

TEST_F(FindScenarios, AFileIsTakenAsItIsAndOnce) {
  EXPECT_THAT(find({folder / "b/notes.md", folder / "b", folder / "b/../b/inner/c.toml"}),
              ElementsAre(folder / "b/inner/c.toml", folder / "b/notes.md"));
}

TEST_F(FindScenarios, NoneFoundIsNotSuccess) {
  try {
    find({folder / "empty.toml"});
    FAIL() << "the folder is empty";
  } catch (const EnvironmentError& error) {
    EXPECT_STREQ(error.what(), "no scenario matches");
  }
  EXPECT_THROW(find({}), EnvironmentError);
}

TEST_F(FindScenarios, AMissingPathIsNamed) {
  try {
    find({folder, folder / "none"});
    FAIL() << "there is no such folder";
  } catch (const IoError& error) {
    EXPECT_EQ(std::string{error.what()}, (folder / "none").string() + ": cannot open: No such file or directory");
  }
}

}  // namespace
}  // namespace lockstep
