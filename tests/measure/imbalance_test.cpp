// The numbers of an imbalance, by hand on planted spans. Times are binary fractions, so that sums are exact.
#include "harness/measure/imbalance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "tests/measure/spans.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

/// One step: rank 0 computes forward and backward of 6 rows for 3 s each, rank 1 of 2 rows for 1 s in all; both update
/// for 1 s after a reduce that ends at 6.5.
Block uneven_block() {
  return {{{.spans = {span_of(0, Phase::forward, 0, 3), span_of(0, Phase::backward, 3, 6),
                      span_of(0, Phase::reduce, 6, 6.5), span_of(0, Phase::update, 6.5, 7.5)},
            .end = 7.5,
            .rows = 6},
           {.spans = {span_of(0, Phase::forward, 0, 0.5), span_of(0, Phase::backward, 0.5, 1),
                      span_of(0, Phase::reduce, 1, 6.5), span_of(0, Phase::update, 6.5, 7.5)},
            .end = 7.5,
            .rows = 2}}};
}

/// The same with the ranks' parts exchanged.
Block exchanged_block() {
  Block block = uneven_block();
  std::swap(block.ranks[0], block.ranks[1]);
  return block;
}

const Metric& named(const std::vector<Metric>& metrics, std::string_view name) {
  return *std::ranges::find(metrics, name, &Metric::name);
}

TEST(Loads, are_computation_and_rows_per_step) {
  const std::vector<Load> each = loads({uneven_block()});
  ASSERT_EQ(each.size(), 2U);
  EXPECT_EQ(each[0].computing, 7);
  EXPECT_EQ(each[0].on_rows, 6);
  EXPECT_EQ(each[0].rows, 6);
  EXPECT_EQ(each[1].computing, 2) << "neither the collective nor waiting in it";
  EXPECT_EQ(each[1].on_rows, 1);
  const std::vector<Load> both = loads({uneven_block(), exchanged_block()});
  EXPECT_EQ(both[0].computing, 4.5) << "the mean of two steps";
  EXPECT_EQ(both[0].rows, 4);
}

TEST(Loads, a_rank_that_sits_out_has_none) {
  Block block = uneven_block();
  block.ranks.push_back({.spans = {}, .end = 7.5});
  const std::vector<Load> each = loads({block});
  EXPECT_EQ(each.at(2).computing, 0);
  EXPECT_EQ(each.at(2).rows, 0);
  EXPECT_EQ(imbalance(each), 7.0 * 3 / 9 - 1);
}

TEST(Loads, leave_the_side_lane_out) {
  Block block = uneven_block();
  block.ranks[1].spans.push_back(span_of(0, Phase::backward, 1, 100, Lane::side));
  EXPECT_EQ(loads({block})[1].computing, 2);
}

TEST(Imbalance, is_the_longest_over_the_mean) {
  EXPECT_EQ(imbalance(loads({uneven_block()})), 7.0 / 4.5 - 1);
  EXPECT_EQ(imbalance({{.computing = 2}, {.computing = 2}}), 0);
  EXPECT_EQ(imbalance({{.computing = 4}, {.computing = 0}}), 1) << "half of the capacity is lost";
  EXPECT_THROW(imbalance({{.computing = 0}}), InternalError);
}

TEST(Speeds, are_rows_per_second) {
  EXPECT_THAT(speeds(loads({uneven_block()})), ElementsAre(1, 2));
  const Load fast{.rows = 8, .computing = 2, .on_rows = 2};
  const Load slow{.rows = 4, .computing = 4, .on_rows = 4};
  EXPECT_THAT(speeds({fast, {}, slow}), ElementsAre(4, 2.5, 1)) << "the median stands for what is not known";
}

TEST(Speeds, of_several_blocks_are_their_medians) {
  // Rank 0 does 6 rows in 6 s twice and 2 rows in 1 s once.
  EXPECT_THAT(speeds(std::vector{uneven_block(), exchanged_block(), uneven_block()}), ElementsAre(1, 2));
}

TEST(SplitBound, is_when_the_last_device_is_done) {
  EXPECT_EQ(split_bound({6, 2}, {1, 2}), 6);
  EXPECT_EQ(split_bound({2, 6}, {1, 2}), 3);
  EXPECT_EQ(split_bound({0, 8}, {1, 2}), 4);
}

TEST(SplitPenalty, is_against_rows_in_proportion_to_the_speeds) {
  EXPECT_EQ(split_penalty({2, 4}, {1, 2}), 0);
  EXPECT_EQ(split_penalty({3, 3}, {1, 2}), 0.5) << "3 s instead of 2";
  EXPECT_EQ(split_penalty({6, 2}, {1, 2}), 6 * 3.0 / 8 - 1);
}

TEST(ImbalanceMetrics, are_those_computed_by_hand) {
  const std::vector<Metric> metrics = imbalance_metrics({uneven_block(), uneven_block()}, {7.5, 9});
  EXPECT_EQ(*named(metrics, "imbalance").value, 7.0 / 4.5 - 1);
  EXPECT_DOUBLE_EQ(*named(metrics, "lost_capacity").value, 1 - 4.5 / 7);
  EXPECT_EQ(*named(metrics, "split_bound").value, 6);
  EXPECT_EQ(*named(metrics, "time_over_bound").value, (0.25 + 0.5) / 2) << "7.5/6 and 9/6";
  EXPECT_EQ(*named(metrics, "time_over_bound").low, 0.25);
  EXPECT_EQ(*named(metrics, "imbalance_penalty").value, 6 * 3.0 / 8 - 1);
  EXPECT_EQ(named(metrics, "split_bound").unit, "s");
}

TEST(UtilisationMetrics, nine_rows_over_eight_devices_use_five) {
  const std::vector<Metric> metrics = utilisation_metrics({{2, 2, 2, 2, 1, 0, 0, 0}});
  EXPECT_EQ(*named(metrics, "used_device_share").value, 5.0 / 8);
  EXPECT_EQ(*named(metrics, "row_utilisation").value, 9.0 / 16);
  const std::vector<Metric> with_tail = utilisation_metrics({{4, 4}, {4, 4}, {1, 0}});
  EXPECT_EQ(*named(with_tail, "used_device_share").value, 5.0 / 6);
  EXPECT_EQ(*named(with_tail, "row_utilisation").value, 17.0 / 18);
  EXPECT_THROW(utilisation_metrics({}), InternalError);
}

TEST(Straggler, computes_longest_in_every_block) {
  EXPECT_EQ(straggler({uneven_block(), uneven_block()}), 0U);
  EXPECT_EQ(straggler({exchanged_block()}), 1U);
  EXPECT_EQ(straggler({uneven_block(), exchanged_block()}), std::nullopt);
  EXPECT_EQ(straggler({}), std::nullopt);
  Block alone = uneven_block();
  alone.ranks.pop_back();
  EXPECT_EQ(straggler({alone}), std::nullopt);
}

TEST(Straggler, is_named_with_those_who_wait) {
  EXPECT_EQ(
      straggler_in_words({uneven_block()}),
      "rank 0 is the straggler: it computes for 7.0 s of a step, the others for 2.0 s on average; they wait 5.0 s "
      "in collectives, it 0 ns");
  EXPECT_EQ(straggler_in_words({uneven_block(), exchanged_block()}),
            "no rank computes longest in every block, so none is the straggler");
}

TEST(SplitInWords, says_bound_and_penalty) {
  EXPECT_EQ(split_in_words({uneven_block()}),
            "forward and backward of the last device take 6.0 s, 125 % longer than with rows in proportion to the "
            "devices' speeds");
}

const SpeedSplit five_to_three{.chunks = {.pieces = {4, 4}, .speeds = {5, 3}},
                               .best = {.pieces = {5, 3}, .speeds = {5, 3}}};

TEST(SpeedSplit, is_predicted_by_the_bounds) { EXPECT_DOUBLE_EQ(five_to_three.predicted_gain(), 4.0 / 3); }

TEST(FindSplit, follows_speeds_that_stay_the_same_at_once) {
  std::vector<std::vector<std::size_t>> looks;
  const SpeedSplit found = find_split(8, 2, [&](const std::vector<std::size_t>& pieces) {
    looks.push_back(pieces);
    return std::vector<double>{3, 1};
  });
  EXPECT_THAT(found.chunks.pieces, ElementsAre(4, 4));
  EXPECT_THAT(found.best.pieces, ElementsAre(6, 2));
  EXPECT_EQ(found.best.bound(), 2);
  EXPECT_EQ(found.predicted_gain(), 2);
  EXPECT_THAT(looks, ElementsAre(ElementsAre(4, 4), ElementsAre(6, 2)))
      << "a split that was seen is not looked at again";
}

// A device needs 1 s for any piece and 1 s or 1/8 s for each row. The speeds seen with equal pieces, 16/17 and 16/3
// rows a second, say 5 and 27 rows; 3 and 29 are done first, after 4 s and 4.625 s.
TEST(FindSplit, comes_to_equal_times_where_small_pieces_are_slow) {
  const auto look = [](const std::vector<std::size_t>& pieces) {
    const double slow = 1 + static_cast<double>(pieces[0]);
    const double fast = 1 + static_cast<double>(pieces[1]) / 8;
    return std::vector{static_cast<double>(pieces[0]) / slow, static_cast<double>(pieces[1]) / fast};
  };
  const SpeedSplit found = find_split(32, 2, look);
  EXPECT_THAT(found.best.pieces, ElementsAre(3, 29));
  EXPECT_EQ(found.best.bound(), 4.625);
  EXPECT_EQ(found.chunks.bound(), 17);
}

// Noise may lead astray; what was seen to be better is kept.
TEST(FindSplit, keeps_the_best_that_was_seen) {
  std::size_t looks = 0;
  const SpeedSplit found = find_split(8, 2, [&](const std::vector<std::size_t>&) {
    return ++looks == 1 ? std::vector<double>{1, 7} : std::vector<double>{static_cast<double>(looks) / 100, 0.001};
  });
  EXPECT_THAT(found.best.pieces, ElementsAre(4, 4));
  EXPECT_LE(looks, 5U);
  EXPECT_EQ(found.predicted_gain(), 1);
}

TEST(SpeedSplit, gain_is_of_pairs) {
  const Metric gain = speed_split_gain({.baseline = {1.25, 1.25, 1.5}, .candidate = {1, 1, 1}});
  EXPECT_EQ(*gain.value, 1.25);
  EXPECT_EQ(*gain.low, 1.25);
  EXPECT_EQ(*gain.high, 1.5);
}

TEST(SpeedSplit, in_words) {
  EXPECT_EQ(speed_split_in_words(five_to_three, {{1.25, 1.25, 1.25, 1.25}, {1, 1, 1, 1}}),
            "split 5:3 instead of 4:4 makes the step 25 % faster; the bound says 33 %");
  EXPECT_EQ(speed_split_in_words(five_to_three, {{1, 1, 1, 1}, {1.25, 1.25, 1.25, 1.25}}),
            "split 5:3 instead of 4:4 makes the step 25 % slower; the bound says 33 %");
  EXPECT_EQ(speed_split_in_words(five_to_three, {{1, 1, 1, 1}, {1, 1, 1, 1}}),
            "split 5:3 instead of 4:4 gains nothing above the noise floor of 0.0 %; the bound says 33 %");
  EXPECT_EQ(speed_split_in_words(five_to_three, {{1.25, 1.25}, {1, 1}}),
            "split 5:3 instead of 4:4: 2 pairs of blocks are too few for a noise floor, so no gain is called one; the "
            "bound says 33 %");
  EXPECT_EQ(
      speed_split_in_words({.chunks = five_to_three.chunks, .best = five_to_three.chunks}, {{1, 1, 1}, {1, 1, 1}}),
      "no split is better than torch's 4:4 at the speeds of these devices");
}

}  // namespace
}  // namespace lockstep
