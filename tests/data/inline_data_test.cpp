#include "harness/data/inline_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/base/error.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

TEST(InlineData, HoldsWhatIsWritten) {
  const Dataset values = make_inline_values({{1, 2}, {3, 4.5}}, {{-1}, {0}});
  EXPECT_THAT(inputs_of(values, {0, 1}), ElementsAre(1, 2, 3, 4.5F));
  EXPECT_THAT(values_of(values, {0, 1}), ElementsAre(-1, 0));

  const Dataset labels = make_inline_labels({{1}, {2}, {3}}, {2, 0, 1}, 3);
  EXPECT_THAT(labels_of(labels, {0, 1, 2}), ElementsAre(2, 0, 1));
  EXPECT_EQ(labels.classes(), 3U);
}

TEST(InlineData, E100_bad_rows_are_input_errors) {
  const InlineRows one{{1}};
  const auto refused = [&](const InlineRows& inputs, const InlineRows& targets) {
    EXPECT_THROW(make_inline_values(inputs, targets), InputError);
  };
  refused({}, {});
  refused({{}}, {{}});
  refused({{1, 2}, {3}}, {{1}, {1}});
  refused({{1}, {2}}, one);
  refused({{std::numeric_limits<double>::quiet_NaN()}}, one);
  refused({{std::numeric_limits<double>::infinity()}}, one);
  refused({{1e39}}, one);
}

TEST(InlineData, E101_bad_labels_are_input_errors) {
  EXPECT_THROW(make_inline_labels({{1}}, {2}, 2), InputError);
  EXPECT_THROW(make_inline_labels({{1}}, {-1}, 2), InputError);
  EXPECT_THROW(make_inline_labels({{1}}, {std::int64_t{1} << 32}, 2), InputError) << "not cut to 32 bits";
  EXPECT_THROW(make_inline_labels({{1}}, {0, 1}, 2), InputError);
}

TEST(InlineData, TheErrorNamesTheRow) {
  try {
    make_inline_values({{1, 2}, {3, 4}, {5}}, {{1}, {1}, {1}});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "inputs, row 2: 1 values, but row 0 has 2");
  }
}

}  // namespace
}  // namespace lockstep
