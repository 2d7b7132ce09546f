// The search for the largest size that fits, and the line through what was measured on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "harness/base/error.hpp"
#include "harness/measure/largest_fit.hpp"
#include "harness/measure/line_fit.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

struct Search {
  std::size_t found;
  std::vector<std::size_t> tried;
};

Search search(const FitSearch& settings, std::size_t largest) {
  Search result{};
  result.found = find_largest_fit(settings, [&](std::size_t size) {
    result.tried.push_back(size);
    return size <= largest;
  });
  return result;
}

TEST(LargestFit, a_right_guess_takes_two_tries) {
  EXPECT_THAT(search({.granularity = 1, .most = 1000, .guess = 731}, 731).tried, ElementsAre(731, 732));
  EXPECT_THAT(search({.granularity = 8, .most = 1000, .guess = 731}, 731).tried, ElementsAre(728, 736));
}

TEST(LargestFit, a_wrong_guess_is_left_in_doubling_steps_and_the_rest_is_halved) {
  EXPECT_THAT(search({.granularity = 1, .most = 100, .guess = 10}, 20).tried,
              ElementsAre(10, 11, 13, 17, 25, 21, 19, 20));
  EXPECT_THAT(search({.granularity = 1, .most = 100, .guess = 20}, 10).tried,
              ElementsAre(20, 19, 17, 13, 5, 9, 11, 10));
}

TEST(LargestFit, every_guess_finds_every_size) {
  constexpr std::size_t most = 40;
  for (const std::size_t granularity : {1U, 3U, 7U})
    for (std::size_t largest = 0; largest <= most + 5; ++largest)
      for (std::size_t guess = 0; guess <= most + 5; ++guess) {
        const Search result = search({.granularity = granularity, .most = most, .guess = guess}, largest);
        ASSERT_EQ(result.found, std::min(largest, most) / granularity * granularity)
            << "granularity " << granularity << ", largest " << largest << ", guess " << guess;
        const std::set<std::size_t> distinct{result.tried.begin(), result.tried.end()};
        ASSERT_EQ(distinct.size(), result.tried.size()) << "each size is tried once";
        // Two for the guess and its neighbour, and twice the doublings of the distance.
        const std::size_t steps = most / granularity;
        ASSERT_LE(result.tried.size(), 2 + 2 * static_cast<std::size_t>(std::bit_width(steps)));
        for (const std::size_t size : result.tried) {
          ASSERT_EQ(size % granularity, 0U);
          ASSERT_TRUE(size > 0 && size <= most);
        }
      }
}

TEST(LargestFit, there_may_be_nothing_to_try) {
  EXPECT_EQ(search({.granularity = 8, .most = 7, .guess = 4}, 100).found, 0U);
  EXPECT_THAT(search({.granularity = 8, .most = 7, .guess = 4}, 100).tried, ElementsAre());
}

TEST(LineFit, by_hand) {
  const LineFit exact = fit_line(std::vector<LinePoint>{{1, 107}, {2, 114}, {4, 128}});
  EXPECT_DOUBLE_EQ(exact.slope, 7);
  EXPECT_DOUBLE_EQ(exact.offset, 100);
  EXPECT_NEAR(exact.residual, 0, 1e-12);
  // Through (0, 0), (1, 3), (2, 0): slope 0, offset 1, the middle point 2 above.
  const LineFit bent = fit_line(std::vector<LinePoint>{{0, 0}, {1, 3}, {2, 0}});
  EXPECT_DOUBLE_EQ(bent.slope, 0);
  EXPECT_DOUBLE_EQ(bent.offset, 1);
  EXPECT_DOUBLE_EQ(bent.residual, 2);
}

TEST(LineFit, needs_two_different_places) {
  EXPECT_THROW(fit_line(std::vector<LinePoint>{{3, 1}, {3, 2}}), InternalError);
  EXPECT_THROW(fit_line({}), InternalError);
}

}  // namespace
}  // namespace lockstep
