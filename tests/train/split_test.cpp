#include "harness/train/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

using Sizes = std::vector<std::size_t>;

Sizes sizes_of(const std::vector<Rows>& pieces) {
  Sizes result;
  std::size_t next = 0;
  for (const Rows& piece : pieces) {
    EXPECT_TRUE(piece.count == 0 || piece.first == next) << "consecutive";
    next += piece.count;
    result.push_back(piece.count);
  }
  return result;
}

Sizes sizes(std::size_t rows, std::size_t devices) { return sizes_of(chunk(rows, devices)); }

// Sizes that torch.chunk gives, padded with zeros for the devices that get nothing.
TEST(Chunk, B01_examples_of_torch) {
  EXPECT_EQ(sizes(10, 4), (Sizes{3, 3, 3, 1}));
  EXPECT_EQ(sizes(9, 4), (Sizes{3, 3, 3, 0}));
  EXPECT_EQ(sizes(5, 4), (Sizes{2, 2, 1, 0}));
  EXPECT_EQ(sizes(6, 4), (Sizes{2, 2, 2, 0}));
  EXPECT_EQ(sizes(2, 3), (Sizes{1, 1, 0}));
  EXPECT_EQ(sizes(9, 8), (Sizes{2, 2, 2, 2, 1, 0, 0, 0}));
  EXPECT_EQ(sizes(36, 7), (Sizes{6, 6, 6, 6, 6, 6, 0}));
  EXPECT_EQ(sizes(16, 7), (Sizes{3, 3, 3, 3, 3, 1, 0}));
}

TEST(Chunk, B02_no_rows_give_empty_pieces) { EXPECT_EQ(sizes(0, 4), (Sizes{0, 0, 0, 0})); }

TEST(Chunk, B01_covers_every_row_once_in_order) {
  for (std::size_t rows = 1; rows <= 130; ++rows)
    for (std::size_t devices = 1; devices <= 16; ++devices) {
      const auto pieces = chunk(rows, devices);
      const std::size_t piece = (rows + devices - 1) / devices;
      EXPECT_EQ(used_devices(pieces), (rows + piece - 1) / piece);
      std::size_t next = 0;
      for (const Rows& each : pieces) {
        if (each.count > 0) {
          EXPECT_EQ(each.first, next);
        }
        next += each.count;
        EXPECT_TRUE(each.count == piece || next == rows) << "only the last piece is short";
      }
      EXPECT_EQ(next, rows);
    }
}

// numpy.array_split's sizes.
TEST(Balanced, sizes_differ_by_at_most_one) {
  EXPECT_EQ(sizes_of(balanced(10, 4)), (Sizes{3, 3, 2, 2}));
  EXPECT_EQ(sizes_of(balanced(9, 4)), (Sizes{3, 2, 2, 2}));
  EXPECT_EQ(sizes_of(balanced(9, 8)), (Sizes{2, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(sizes_of(balanced(2, 3)), (Sizes{1, 1, 0}));
  EXPECT_EQ(sizes_of(balanced(0, 2)), (Sizes{0, 0}));
}

TEST(Weighted, sizes_that_add_up_to_the_rows_are_taken_as_they_are) {
  EXPECT_EQ(sizes_of(weighted({6, 2})(8, 2)), (Sizes{6, 2}));
  EXPECT_EQ(sizes_of(weighted({0, 5, 0, 3})(8, 4)), (Sizes{0, 5, 0, 3}));
}

TEST(Weighted, other_numbers_of_rows_are_split_in_proportion) {
  EXPECT_EQ(sizes_of(weighted({6, 2})(16, 2)), (Sizes{12, 4}));
  EXPECT_EQ(sizes_of(weighted({6, 2})(9, 2)), (Sizes{7, 2})) << "6.75 and 2.25";
  EXPECT_EQ(sizes_of(weighted({2, 3, 3})(4, 3)), (Sizes{1, 2, 1})) << "1, 1.5 and 1.5: the tie goes to the lower one";
  EXPECT_EQ(sizes_of(weighted({1, 4, 1})(2, 3)), (Sizes{1, 1, 0})) << "three remainders of a third";
  EXPECT_EQ(sizes_of(weighted({1, 0, 1})(1, 3)), (Sizes{1, 0, 0}));
  EXPECT_EQ(sizes_of(weighted({1, 0, 0})(7, 3)), (Sizes{7, 0, 0}));
  EXPECT_EQ(sizes_of(weighted({3, 1})(0, 2)), (Sizes{0, 0}));
}

TEST(Weighted, shares_are_rounded_up_or_down_and_add_up) {
  const RandomStream random{1, 0};
  std::uint64_t draw = 0;
  for (int repeat = 0; repeat < 500; ++repeat) {
    Sizes weights(1 + random.below(8, draw++));
    for (std::size_t& weight : weights) weight = random.below(10, draw++);
    weights[0] += 1;
    std::size_t whole = 0;
    for (const std::size_t weight : weights) whole += weight;
    const std::size_t rows = random.below(200, draw++);
    const Sizes split = sizes_of(weighted(weights)(rows, weights.size()));
    std::size_t sum = 0;
    for (std::size_t device = 0; device < split.size(); ++device) {
      sum += split[device];
      EXPECT_GE(split[device], rows * weights[device] / whole);
      EXPECT_LE(split[device] * whole, rows * weights[device] + whole - 1);
    }
    EXPECT_EQ(sum, rows);
  }
}

double bound(const Sizes& split, const std::vector<double>& speeds) {
  double worst = 0;
  for (std::size_t device = 0; device < split.size(); ++device)
    worst = std::max(worst, static_cast<double>(split[device]) / speeds[device]);
  return worst;
}

TEST(Quickest, follows_the_speeds) {
  EXPECT_EQ(sizes_of(quickest({3, 1})(8, 2)), (Sizes{6, 2}));
  EXPECT_EQ(sizes_of(quickest({1, 1})(8, 2)), (Sizes{4, 4}));
  EXPECT_EQ(sizes_of(quickest({1, 1, 1})(4, 3)), (Sizes{2, 1, 1}));
  EXPECT_EQ(sizes_of(quickest({1, 0, 1})(4, 3)), (Sizes{2, 0, 2}));
  EXPECT_EQ(sizes_of(quickest({100, 1})(10, 2)), (Sizes{10, 0})) << "one row takes the slow one longer than all ten";
  EXPECT_EQ(sizes_of(quickest({5, 3})(0, 2)), (Sizes{0, 0}));
}

// Against every other split of up to 12 rows over 3 devices.
TEST(Quickest, no_split_is_done_earlier) {
  const RandomStream random{2, 0};
  std::uint64_t draw = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<double> speeds;
    for (int device = 0; device < 3; ++device) speeds.push_back(0.1 + random.uniform(draw++));
    const std::size_t rows = 1 + random.below(12, draw++);
    const double found = bound(sizes_of(quickest(speeds)(rows, 3)), speeds);
    for (std::size_t first = 0; first <= rows; ++first)
      for (std::size_t second = 0; first + second <= rows; ++second)
        EXPECT_LE(found, bound({first, second, rows - first - second}, speeds) * (1 + 1e-12));
  }
}

TEST(Quickest, gives_out_every_row_of_a_large_batch) {
  for (const std::size_t rows : {1'000'000U, 999'999U}) {
    const Sizes split = sizes_of(quickest({0.1, 0.2, 0.3, 0.7})(rows, 4));
    EXPECT_EQ(split[0] + split[1] + split[2] + split[3], rows);
  }
}

TEST(Splits, of_nothing_or_for_others_are_a_bug) {
  EXPECT_THROW(weighted({0, 0}), InternalError);
  EXPECT_THROW(weighted({1, 2})(4, 3), InternalError);
  EXPECT_THROW(quickest({0, 0}), InternalError);
  EXPECT_THROW(quickest({-1, 2}), InternalError);
  EXPECT_THROW(quickest({1, 2})(4, 3), InternalError);
}

}  // namespace
}  // namespace lockstep
