#include "harness/data/tokens.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <set>
#include <string>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::int32_t> tokens_of(const Dataset& data, const std::vector<SampleId>& ids) {
  std::vector<std::int32_t> out(ids.size() * data.input_width());
  data.copy_tokens(ids, out);
  return out;
}

std::vector<std::int32_t> next_of(const Dataset& data, const std::vector<SampleId>& ids) {
  std::vector<std::int32_t> out(ids.size() * data.labels_per_sample());
  data.copy_labels(ids, out);
  return out;
}

class Text : public ::testing::Test {
 protected:
  std::filesystem::path file_with(std::string_view content) {
    const auto path = folder_ / "text";
    std::ofstream{path, std::ios::binary} << content;
    return path;
  }
  std::string refusal_of(const std::filesystem::path& path) {
    try {
      read_text(path, 4, byte_vocabulary);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  void SetUp() override {
    folder_ = std::filesystem::path{::testing::TempDir()} /
              ("tokens_test_" + std::string{::testing::UnitTest::GetInstance()->current_test_info()->name()});
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(Text, IsItsBytesInWindowsSideBySide) {
  const Dataset data = read_text(file_with("abcdefg\xff"), 3, byte_vocabulary);
  EXPECT_EQ(data.size(), 2U);
  EXPECT_EQ(data.classes(), 256U);
  EXPECT_THAT(tokens_of(data, {1, 0}), ElementsAre('d', 'e', 'f', 'a', 'b', 'c'));
  EXPECT_THAT(next_of(data, {1, 0}), ElementsAre('e', 'f', 'g', 'b', 'c', 'd'));
}

TEST_F(Text, UsesEveryByteThatHasOneAfterIt) {
  EXPECT_EQ(read_text(file_with("abcd"), 3, byte_vocabulary).size(), 1U);
  EXPECT_EQ(read_text(file_with("abcdef"), 3, byte_vocabulary).size(), 1U);
  const Dataset two = read_text(file_with(std::string("abcde\xff\0", 7)), 3, byte_vocabulary);
  EXPECT_EQ(two.size(), 2U);
  EXPECT_THAT(next_of(two, {1}), ElementsAre('e', 255, 0));
}

TEST_F(Text, IsRefusedWithItsNameWhenItIsNone) {
  EXPECT_THAT(refusal_of(file_with("")), HasSubstr("text: 0 bytes are too few for a context of 4"));
  EXPECT_THAT(refusal_of(file_with("abcd")), HasSubstr("text: 4 bytes are too few"));
  EXPECT_THAT(refusal_of(folder_ / "missing"), HasSubstr("missing"));
  EXPECT_THAT(refusal_of(folder_), HasSubstr(folder_.filename().string()));
  EXPECT_THAT(refusal_of("/dev/zero"), HasSubstr("/dev/zero"));
  EXPECT_EQ(refusal_of(file_with("abcde")), "");
}

TEST_F(Text, HasNoValues) {
  const Dataset data = read_text(file_with("abcdefgh"), 3, byte_vocabulary);
  std::vector<float> values(3);
  EXPECT_THROW(data.copy_inputs(std::vector<SampleId>{0}, values), InternalError);
  std::vector<std::int32_t> tokens(3), few(2);
  EXPECT_THROW(data.copy_tokens(std::vector<SampleId>{2}, tokens), InternalError);
  EXPECT_THROW(data.copy_tokens(std::vector<SampleId>{0}, few), InternalError);
}

constexpr TokenShape shape{.samples = 400, .context = 20, .vocabulary = 17};

TEST(SyntheticTokens, FollowARuleInSevenOfEightPlaces) {
  const Dataset data = make_synthetic_tokens(shape, 1);
  ASSERT_EQ(data.size(), shape.samples);
  const auto tokens = tokens_of(data, first_ids(shape.samples)), next = next_of(data, first_ids(shape.samples));
  std::vector<std::vector<int>> follows(shape.vocabulary, std::vector<int>(shape.vocabulary));
  for (std::size_t i = 0; i < tokens.size(); ++i)
    ++follows[static_cast<std::size_t>(tokens[i])][static_cast<std::size_t>(next[i])];
  int by_rule = 0;
  std::set<std::ptrdiff_t> successors;
  for (const auto& counts : follows) {
    const auto most = std::ranges::max_element(counts);
    by_rule += *most;
    successors.insert(most - counts.begin());
  }
  EXPECT_EQ(successors.size(), shape.vocabulary) << "a permutation";
  const double expected = 7.0 / 8 + 1.0 / 8 / 17;
  const double count = static_cast<double>(tokens.size());
  EXPECT_NEAR(by_rule / count, expected, 5 * std::sqrt(expected * (1 - expected) / count));
}

TEST(SyntheticTokens, DependOnSeedAndIdOnly) {
  const Dataset few = make_synthetic_tokens({10, 20, 17}, 1);
  const Dataset many = make_synthetic_tokens(shape, 1);
  EXPECT_EQ(tokens_of(few, first_ids(10)), tokens_of(many, first_ids(10)));
  EXPECT_EQ(next_of(few, first_ids(10)), next_of(many, first_ids(10)));
  EXPECT_NE(tokens_of(few, first_ids(10)), tokens_of(make_synthetic_tokens({10, 20, 17}, 2), first_ids(10)));
}

TEST(SyntheticTokens, RefuseSizesThatNoArrayHas) {
  EXPECT_THROW(make_synthetic_tokens({.samples = 0, .context = 4, .vocabulary = 4}, 1), InputError);
  EXPECT_THROW(make_synthetic_tokens({.samples = 1ULL << 31, .context = 65536, .vocabulary = 4}, 1), InputError);
}

}  // namespace
}  // namespace lockstep
