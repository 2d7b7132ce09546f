#include "harness/measure/exposure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TimedSpan span_of(Phase phase, double begin, double end, Lane lane = Lane::compute) {
  return {0, phase, lane, begin, end};
}

TEST(Merged, joins_what_touches_and_drops_what_is_empty) {
  EXPECT_THAT(merged({{5, 6}, {0, 2}, {1, 3}, {3, 4}, {7, 7}}), ElementsAre(Stretch{0, 4}, Stretch{5, 6}));
  EXPECT_THAT(merged({{0, 9}, {1, 2}}), ElementsAre(Stretch{0, 9})) << "one inside another";
  EXPECT_THAT(merged({}), IsEmpty());
}

TEST(CommonLength, counts_every_instant_once) {
  const std::vector<Stretch> a{{0, 4}, {6, 10}};
  EXPECT_EQ(common_length(a, std::vector<Stretch>{{1, 2}, {3, 7}, {9, 20}}), 1 + 1 + 1 + 1);
  EXPECT_EQ(common_length(a, a), 8);
  EXPECT_EQ(common_length(a, std::vector<Stretch>{{4, 6}}), 0) << "touching is not overlapping";
  EXPECT_EQ(common_length(a, {}), 0);
  EXPECT_EQ(length_of(a), 8);
}

// ddp: backward from 0 to 4, buckets reduced beside it from 1 to 2 and from 3 to 6, the step waits from 4 to 6.
TEST(Exposure, of_buckets_beside_backward_is_what_sticks_out) {
  const RankTimes rank{
      .spans = {span_of(Phase::backward, 0, 4), span_of(Phase::reduce, 1, 2, Lane::side),
                span_of(Phase::reduce, 3, 6, Lane::side), span_of(Phase::wait, 4, 6), span_of(Phase::update, 6, 7)},
      .end = 7};
  const Exposure exposure = exposure_of(rank);
  EXPECT_EQ(exposure.communication, 1 + 3);
  EXPECT_EQ(exposure.hidden, 1 + 1);
  EXPECT_EQ(exposure.exposed(), 2);
}

TEST(Exposure, of_collectives_on_the_computations_stream_is_all_of_them) {
  const RankTimes rank{
      .spans = {span_of(Phase::batch, 0, 1), span_of(Phase::scatter, 1, 2), span_of(Phase::replicate, 2, 4),
                span_of(Phase::forward, 4, 5), span_of(Phase::gather, 5, 5.5), span_of(Phase::reduce, 6, 7)},
      .end = 7};
  const Exposure exposure = exposure_of(rank);
  EXPECT_EQ(exposure.communication, 1 + 2 + 0.5 + 1);
  EXPECT_EQ(exposure.hidden, 0);
}

TEST(Exposure, of_no_communication_is_nothing) {
  const Exposure exposure = exposure_of({.spans = {span_of(Phase::forward, 0, 4)}, .end = 4});
  EXPECT_EQ(exposure.communication, 0);
  EXPECT_EQ(exposure.exposed(), 0);
}

TEST(Exposure, overlapping_collectives_count_once) {
  const RankTimes rank{.spans = {span_of(Phase::reduce, 0, 4), span_of(Phase::reduce, 2, 6, Lane::side)}, .end = 6};
  EXPECT_EQ(exposure_of(rank).communication, 6);
}

}  // namespace
}  // namespace lockstep
