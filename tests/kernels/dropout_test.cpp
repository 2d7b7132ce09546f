#include "kernels/dropout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace lockstep::kernels {
namespace {

/// Which of `rows` rows of ones come out as what, from global row `first_row` on.
std::vector<float> dropped_ones(DropoutMask mask, std::size_t rows, std::size_t first_row) {
  mask.first_row = first_row;
  std::vector<float> values(rows * mask.row_size, 1);
  dropout<float>(values, values, mask);
  return values;
}

constexpr DropoutMask quarter{.probability = 0.25, .seed = 3, .layer = 2, .step = 5, .first_row = 0, .row_size = 13};

/// "Parallel random numbers: as easy as 1, 2, 3", known answers of philox4x32-10.
TEST(Philox, has_the_published_numbers) {
  const PhiloxWords zeros = philox4x32({{0, 0, 0, 0}}, 0, 0);
  EXPECT_EQ(zeros.word[0], 0x6627e8d5U);
  EXPECT_EQ(zeros.word[3], 0x9b00dbd8U);
}

TEST(Dropout, scales_what_it_keeps) {
  const std::vector<float> values = dropped_ones(quarter, 40, 0);
  const auto zeros = std::ranges::count(values, 0.0F);
  EXPECT_EQ(std::ranges::count(values, static_cast<float>(1 / 0.75)) + zeros, std::ssize(values));
  // A binomial of 520 draws at 1/4 has deviation 9.9; five of them.
  EXPECT_NEAR(static_cast<double>(zeros), 130, 50);
}

TEST(Dropout, is_the_same_however_the_batch_is_split) {
  const std::vector<float> whole = dropped_ones(quarter, 7, 0);
  std::vector<float> pieces;
  for (const auto& [first, count] : {std::pair{0, 3}, {3, 1}, {4, 0}, {4, 3}}) {
    const auto piece = dropped_ones(quarter, static_cast<std::size_t>(count), static_cast<std::size_t>(first));
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(Dropout, differs_by_seed_layer_step_and_row) {
  const std::vector<float> one = dropped_ones(quarter, 3, 0);
  for (const auto& change : std::vector<void (*)(DropoutMask&)>{
           [](DropoutMask& mask) { ++mask.seed; }, [](DropoutMask& mask) { mask.seed += std::uint64_t{1} << 32; },
           [](DropoutMask& mask) { ++mask.layer; }, [](DropoutMask& mask) { ++mask.step; }}) {
    DropoutMask other = quarter;
    change(other);
    EXPECT_NE(dropped_ones(other, 3, 0), one);
  }
  EXPECT_NE(dropped_ones(quarter, 3, 1), one);
}

TEST(Dropout, of_probability_zero_changes_nothing) {
  DropoutMask none = quarter;
  none.probability = 0;
  EXPECT_EQ(dropped_ones(none, 3, 0), std::vector<float>(39, 1));
}

TEST(Dropout, refuses_other_sizes_and_probabilities) {
  std::vector<float> values(13), short_values(12);
  EXPECT_THROW(dropout<float>(values, short_values, quarter), std::invalid_argument);
  EXPECT_THROW(dropout<float>(short_values, short_values, quarter), std::invalid_argument);
  DropoutMask all = quarter;
  all.probability = 1;
  EXPECT_THROW(dropout<float>(values, values, all), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
