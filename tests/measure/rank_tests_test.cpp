// Expected values: scipy 1.17.1 (mannwhitneyu, wilcoxon, false_discovery_control), and where it has no exact answer for
// ties, all permutations counted with numpy.
#include "harness/measure/rank_tests.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

using Values = std::vector<double>;

Values repeated(const Values& values, std::size_t times) {
  Values result;
  for (const double value : values) result.insert(result.end(), times, value);
  return result;
}

Values normal_values(std::size_t count, std::uint64_t seed) {
  const RandomStream random{seed, 0};
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = random.normal(i);
  return values;
}

TEST(MannWhitney, is_exact_for_few_values) {
  EXPECT_NEAR(mann_whitney_p(Values{1.1, 2.3, 3.7, 0.4, 5.9}, Values{2.2, 6.1, 7.5, 8.0, 4.4, 9.9}),
              0.05194805194805195, 1e-15);
}

TEST(MannWhitney, is_exact_for_uneven_sides_in_the_tens) {
  const Values a{0.00123,   0.298746,  -0.274138, -0.890592, -0.454671, -0.991647, 0.060144,  1.340215,
                 -0.492207, -0.620475, 0.489842,  0.356887,  0.105414,  -0.930468, -0.029252, 0.695303,
                 -1.344215, -0.457616, -1.901223, -1.289538, -1.841735, -0.235091, -1.267446, 0.271264,
                 0.156751,  -0.186931, -2.51676,  -0.538693, -0.048501, 0.113309};
  const Values b{-1.030136, 0.022247, -0.478519, -0.308837, 1.560899, -0.307535, 0.467478,  1.38439,  -0.0836,
                 0.388298,  0.610464, 0.563782,  -0.725056, 0.57614,  1.858823,  -1.047145, 1.359383, 0.619354,
                 -0.14147,  2.500417, 1.26226,   -0.699289, 0.574516, 1.07669,   0.311218};
  EXPECT_NEAR(mann_whitney_p(a, b), 0.0023856760270992, 1e-14);
  EXPECT_NEAR(mann_whitney_p(b, a), 0.0023856760270992, 1e-14);
}

TEST(MannWhitney, counts_all_ways_with_ties) {
  EXPECT_NEAR(mann_whitney_p(Values{1, 2, 2, 3, 3}, Values{2, 3, 4, 4, 5, 5}), 0.05627705627705628, 1e-15);
}

TEST(MannWhitney, is_approximated_for_many_values_with_ties) {
  EXPECT_NEAR(mann_whitney_p(repeated({1, 2, 3, 4, 5}, 20), repeated({2, 3, 4, 5, 6}, 16)), 2.482590011738337e-05,
              1e-15);
}

TEST(MannWhitney, of_equal_values_finds_nothing) {
  EXPECT_EQ(mann_whitney_p(Values{2, 2, 2}, Values{2, 2, 2, 2}), 1);
  EXPECT_EQ(mann_whitney_p(repeated({2}, 50), repeated({2}, 50)), 1);
}

TEST(MannWhitney, of_separate_sides_is_the_smallest_p_there_is) {
  for (const std::size_t n : {1U, 2U, 3U, 4U, 5U, 8U, 10U}) {
    const Values b = normal_values(n, n);
    Values a = b;
    for (double& value : a) value += 100;
    EXPECT_NEAR(mann_whitney_p(a, b), smallest_mann_whitney_p(n, n), 1e-12) << n;
  }
  EXPECT_NEAR(smallest_mann_whitney_p(3, 3), 0.1, 1e-15);
  EXPECT_NEAR(smallest_mann_whitney_p(5, 5), 0.0079365079365, 1e-12);
  EXPECT_EQ(smallest_mann_whitney_p(1, 1), 1);
}

TEST(MannWhitney, is_the_same_when_the_distribution_is_kept) {
  MannWhitneyTest test;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Values a = normal_values(9, 2 * seed), b = normal_values(7, 2 * seed + 1);
    EXPECT_EQ(test.p(a, b), mann_whitney_p(a, b));
  }
}

TEST(MannWhitney, raises_false_alarms_as_often_as_it_says) {
  MannWhitneyTest test;
  int alarms = 0;
  constexpr int trials = 4000;
  for (std::uint64_t seed = 0; seed < trials; ++seed)
    alarms += test.p(normal_values(8, 1000 + 2 * seed), normal_values(8, 1001 + 2 * seed)) <= 0.05;
  // 0.05 at most by construction (0.0498 is attained); three standard deviations of 4000 trials are 0.0103.
  EXPECT_LE(alarms, trials * 0.0603);
  EXPECT_GE(alarms, trials * 0.0395);
}

TEST(MannWhitney, of_nothing_is_an_error) { EXPECT_THROW(mann_whitney_p(Values{}, Values{1}), InternalError); }

TEST(SignedRank, is_exact) {
  EXPECT_NEAR(signed_rank_p(Values{0.3, -0.1, 0.8, 1.2, -0.4, 0.9, 2.0, 0.7}), 0.0546875, 1e-15);
  EXPECT_NEAR(signed_rank_p(Values{1, 1, -1, 2, 2, 3, -2, 4}), 0.1640625, 1e-15);
}

TEST(SignedRank, of_one_sign_is_the_smallest_p_there_is) {
  for (const std::size_t n : {1U, 4U, 8U, 10U}) {
    Values differences(n);
    std::iota(differences.begin(), differences.end(), 1.0);
    EXPECT_NEAR(signed_rank_p(differences), smallest_signed_rank_p(n), 1e-15) << n;
  }
}

TEST(SignedRank, leaves_zeros_out) {
  EXPECT_EQ(signed_rank_p(Values{0, 0, 0}), 1);
  EXPECT_EQ(signed_rank_p(Values{0, 1, 2, -3}), signed_rank_p(Values{1, 2, -3}));
}

TEST(SignedRank, approximation_continues_the_exact_distribution) {
  Values differences = normal_values(64, 3);
  for (double& value : differences) value -= 0.1;
  const double exact = signed_rank_p(differences);
  differences.push_back(1e-9);  // the least rank of all: it hardly matters
  EXPECT_GT(exact, 1e-3);
  EXPECT_NEAR(signed_rank_p(differences), exact, 0.01);
}

TEST(BenjaminiHochberg, adjusts_in_place_of_each_value) {
  EXPECT_THAT(benjamini_hochberg(Values{0.01, 0.04, 0.03, 0.005, 0.5, 0.2}),
              testing::Pointwise(testing::DoubleNear(1e-12), {0.03, 0.06, 0.06, 0.03, 0.5, 0.24}));
  EXPECT_TRUE(benjamini_hochberg(Values{}).empty());
}

}  // namespace
}  // namespace lockstep
