#include "harness/checkpoint/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/units.hpp"
#include "tests/checkpoint/examples.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using testing::ExampleState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Steps = std::initializer_list<std::uint64_t>;

class Store : public testing::FolderTest {
 protected:
  [[nodiscard]] CheckpointStore store(std::size_t keep = 2) { return {files_, folder_, keep}; }
  void save(std::uint64_t step, std::size_t keep = 9) {
    CheckpointStore one = store(keep);
    testing::save_example(one, step);
  }
  [[nodiscard]] std::filesystem::path path(std::uint64_t step) const { return folder_ / checkpoint_name(step); }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream{folder_ / name, std::ios::binary} << content;
  }
  /// Flips the last bit of the file.
  void damage(std::uint64_t step) const {
    std::string content = read_file(path(step), MiB);
    content.back() = static_cast<char>(content.back() ^ 1);
    write(checkpoint_name(step), content);
  }
  [[nodiscard]] std::vector<std::string> names() {
    std::vector<std::string> found = names_in(files_, folder_);
    std::ranges::sort(found);
    return found;
  }
  void expect_newest(std::uint64_t step, std::size_t rejected = 0) {
    const NewestCheckpoint newest = store().load_newest();
    ASSERT_TRUE(newest.checkpoint.has_value());
    EXPECT_TRUE(ExampleState{step}.equals(*newest.checkpoint)) << "step " << newest.checkpoint->step;
    EXPECT_EQ(newest.checkpoint->path, path(step));
    EXPECT_EQ(newest.rejected.size(), rejected);
  }
  /// What load_newest throws.
  [[nodiscard]] std::string refusal() {
    try {
      static_cast<void>(store().load_newest());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  SystemFiles files_;
};

TEST_F(Store, LoadsWhatWasSaved) {
  save(12);
  expect_newest(12);
  const NewestCheckpoint newest = store().load_newest();
  EXPECT_EQ(newest.checkpoint->content.metadata, (Metadata{{"format_version", "1"}, {"seed", "7"}, {"step", "12"}}));
  EXPECT_THAT(names(), ElementsAre("step-000000012.safetensors"));
}

TEST_F(Store, MakesItsDirectory) {
  CheckpointStore deep{files_, folder_ / "a" / "b", 1};
  EXPECT_THROW(static_cast<void>(deep.load_newest()), IoError) << "loading does not";
  testing::save_example(deep, 1);
  EXPECT_TRUE(CheckpointStore(files_, folder_ / "a" / "b", 1).load_newest().checkpoint.has_value());
}

TEST_F(Store, AnEmptyDirectoryHasNoCheckpoint) {
  const NewestCheckpoint newest = store().load_newest();
  EXPECT_FALSE(newest.checkpoint.has_value());
  EXPECT_THAT(newest.rejected, IsEmpty());
  EXPECT_THAT(newest.ignored, IsEmpty());
}

TEST_F(Store, OtherNamesAreIgnoredAndSaid) {  // entry 77
  std::filesystem::create_symlink("../missing/step-000000009.safetensors", folder_ / "latest");
  write("step-000000007.safetensors.123-0.tmp", "half");
  for (const char* name :
       {"step-.safetensors", "step-1a.safetensors", "step--1.safetensors", "step-+1.safetensors", "step- 1.safetensors",
        "step-99999999999999999999.safetensors", "STEP-1.safetensors", "step-1.safetensors.bak", "step-.safetensors"})
    write(name, "x");
  const NewestCheckpoint newest = store().load_newest();
  EXPECT_FALSE(newest.checkpoint.has_value()) << "and no error: nothing was ever saved whole";
  EXPECT_EQ(newest.ignored.size(), names().size());
  save(3);
  expect_newest(3);
}

TEST_F(Store, TheNewestBrokenOneIsReportedAndTheOneBeforeIsUsed) {  // entry 78
  for (const std::uint64_t step : Steps{1, 2, 3, 4}) save(step);
  damage(4);
  write(checkpoint_name(3), "");
  const NewestCheckpoint newest = store().load_newest();
  ASSERT_TRUE(newest.checkpoint.has_value());
  EXPECT_TRUE(ExampleState{2}.equals(*newest.checkpoint));
  ASSERT_EQ(newest.rejected.size(), 2U);
  EXPECT_EQ(newest.rejected[0].path, path(4));
  EXPECT_THAT(newest.rejected[0].reason, HasSubstr("step-000000004.safetensors: weights: xxh3 mismatch"));
  EXPECT_EQ(newest.rejected[1].path, path(3));
  EXPECT_THAT(newest.rejected[1].reason, HasSubstr("too few for a safetensors file"));
}

TEST_F(Store, AFileOfAnotherWriterOrVersionIsNoCheckpoint) {  // entries 72 and 76
  save(1);
  write(checkpoint_name(2), std::string("\x02\0\0\0\0\0\0\0{}", 10));
  write_safetensors(path(3), {}, {});
  write_safetensors(path(4), {}, {{"format_version", "2"}, {"step", "4"}});
  write_safetensors(path(5), {}, {{"format_version", "1"}});
  write_safetensors(path(6), {}, {{"format_version", "1"}, {"step", "-6"}});
  write_safetensors(path(7), {}, {{"format_version", "1"}, {"step", "7.0"}});
  std::filesystem::copy_file(path(1), path(8));
  // A directory of shards with its commit record, as other programs make.
  std::filesystem::create_directories(path(9));
  write(checkpoint_name(9) + "/COMMIT", "");
  const NewestCheckpoint newest = store().load_newest();
  std::vector<std::string> reasons;
  for (const RejectedCheckpoint& rejected : newest.rejected) reasons.push_back(rejected.reason);
  EXPECT_THAT(reasons,
              ElementsAre(HasSubstr("not a regular file"), HasSubstr("named after step 8, but its step is \"1\""),
                          HasSubstr("its step is \"7.0\""), HasSubstr("its step is \"-6\""),
                          HasSubstr("metadata \"step\" is missing"), HasSubstr("format_version \"2\" is not the one"),
                          HasSubstr("metadata \"format_version\" is missing"),
                          HasSubstr("the header's length 2 is not a multiple of 8")));
  expect_newest(1, 8);
}

TEST_F(Store, AFileWithoutHashesIsNoCheckpoint) {
  const std::string header = R"({"__metadata__":{"format_version":"1","step":"1"}})" + std::string(6, ' ');
  write(checkpoint_name(1), std::string{static_cast<char>(header.size())} + std::string(7, '\0') + header);
  EXPECT_THAT(refusal(), HasSubstr("has no hashes"));
}

TEST_F(Store, AllBrokenIsAnErrorWithEveryReason) {  // entry 79
  save(1);
  save(2);
  damage(1);
  damage(2);
  const std::string message = refusal();
  EXPECT_THAT(message, HasSubstr("none of its checkpoints can be loaded"));
  EXPECT_THAT(message, HasSubstr("step-000000001.safetensors: weights: xxh3 mismatch"));
  EXPECT_THAT(message, HasSubstr("step-000000002.safetensors: weights: xxh3 mismatch"));
}

TEST_F(Store, LinksAndPipesAreNotFollowed) {  // entry 80
  save(1);
  std::filesystem::create_symlink(path(1), path(2));
  ASSERT_EQ(::mkfifo(path(3).c_str(), 0600), 0);
  const NewestCheckpoint newest = store().load_newest();
  ASSERT_EQ(newest.rejected.size(), 2U);
  EXPECT_THAT(newest.rejected[0].reason, HasSubstr("not a regular file"));
  EXPECT_THAT(newest.rejected[1].reason, HasSubstr("a symbolic link"));
  EXPECT_EQ(newest.checkpoint->step, 1U);
}

TEST_F(Store, ADirectoryThatCannotBeReadIsAnIoError) {  // entry 80
  CheckpointStore gone{files_, folder_ / "gone", 1};
  EXPECT_THROW(static_cast<void>(gone.load_newest()), IoError);
  write("file", "");
  CheckpointStore not_a_directory{files_, folder_ / "file", 1};
  EXPECT_THROW(static_cast<void>(not_a_directory.load_newest()), IoError);
  EXPECT_THROW(testing::save_example(not_a_directory, 1), IoError);
}

TEST_F(Store, TwoWritersOfOneStepBothLeaveAWholeFile) {  // entry 82
  // Two writers in the middle of their work: neither's temporary file is the other's.
  const ExampleState state{5};
  CheckpointStore first = store();
  CheckpointStore second = store();
  write(checkpoint_name(5) + fmt::format(".{}-0.tmp", ::getpid()), "what another thread is about to write");
  first.save(5, state.tensors(), {{"writer", "first"}});
  second.save(5, state.tensors(), {{"writer", "second"}});
  const NewestCheckpoint newest = store().load_newest();
  EXPECT_TRUE(state.equals(*newest.checkpoint));
  EXPECT_EQ(newest.checkpoint->content.metadata.at("writer"), "second");
  EXPECT_EQ(newest.ignored.size(), 1U) << "the other's temporary file is still its own";
}

TEST_F(Store, StepsAreOrderedAsNumbers) {  // entry 83
  for (const std::uint64_t step : {999'999'999ULL, 1'000'000'000ULL, 10ULL, 9ULL}) save(step);
  expect_newest(1'000'000'000);
  EXPECT_EQ(checkpoint_name(1'000'000'000), "step-1000000000.safetensors");
  std::filesystem::remove(path(1'000'000'000));
  std::filesystem::remove(path(999'999'999));
  std::filesystem::rename(path(9), folder_ / "step-9.safetensors");
  std::filesystem::rename(path(10), folder_ / "step-10.safetensors");
  EXPECT_EQ(store().load_newest().checkpoint->step, 10U);
  EXPECT_EQ(step_of_name("step-18446744073709551615.safetensors"), 18446744073709551615U);
  EXPECT_EQ(step_of_name("step-18446744073709551616.safetensors"), std::nullopt) << "does not wrap";
}

TEST_F(Store, DatesDoNotMatter) {  // entry 84
  save(1);
  save(2);
  const auto now = std::filesystem::last_write_time(path(2));
  std::filesystem::last_write_time(path(1), now + std::chrono::hours{24});
  expect_newest(2);
}

TEST_F(Store, KeepsTheNewestAndRemovesTheRest) {
  for (const std::uint64_t step : Steps{1, 2, 3, 10}) save(step, 2);
  EXPECT_THAT(names(), ElementsAre(checkpoint_name(3), checkpoint_name(10)));
  EXPECT_THROW(store(0), InternalError);
}

TEST_F(Store, LaterStepsAreLeftAlone) {
  for (const std::uint64_t step : Steps{5, 6, 7}) save(step);
  save(3, 1);
  EXPECT_THAT(names(), ElementsAre(checkpoint_name(3), checkpoint_name(5), checkpoint_name(6), checkpoint_name(7)));
}

TEST_F(Store, BrokenOnesDoNotCountAsKept) {
  for (const std::uint64_t step : Steps{1, 2, 3}) save(step);
  damage(3);
  CheckpointStore resumed = store(2);
  EXPECT_EQ(resumed.load_newest().checkpoint->step, 2U);
  testing::save_example(resumed, 4);
  EXPECT_THAT(names(), ElementsAre(checkpoint_name(2), checkpoint_name(3), checkpoint_name(4)));
  testing::save_example(resumed, 5);
  EXPECT_THAT(names(), ElementsAre(checkpoint_name(4), checkpoint_name(5)));
}

TEST_F(Store, ASavedStepCanBeSavedAgain) {
  save(4);
  damage(4);
  save(4);
  expect_newest(4);
}

TEST_F(Store, ItsOwnMetadataAreItsOwn) {
  CheckpointStore one = store();
  EXPECT_THROW(one.save(1, {}, {{"step", "2"}}), InternalError);
  EXPECT_THROW(one.save(1, {}, {{"format_version", "2"}}), InternalError);
  EXPECT_THAT(names(), IsEmpty());
}

}  // namespace
}  // namespace lockstep
