#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/measure/checks/communication.hpp"
#include "harness/measure/expected_traffic.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

BandwidthRow row_of(std::size_t bytes, double seconds, std::uint64_t wrong = 0) {
  return bandwidth_row({Collective::all_reduce, bytes, Placement::in_place}, 2, seconds, {bytes / 4, wrong});
}

TEST(CheckCollectiveResults, fails_on_one_wrong_element) {
  EXPECT_EQ(check_collective_results(std::vector{row_of(1024, 1), row_of(2048, 1)}, 768).verdict, Verdict::pass);
  const CheckResult failed = check_collective_results(std::vector{row_of(1024, 1), row_of(2048, 1, 1)}, 768);
  EXPECT_EQ(failed.verdict, Verdict::fail);
  EXPECT_EQ(failed.worst, 1.0);
  EXPECT_THAT(failed.because, HasSubstr("first: all_reduce of 2.00 KiB in place"));
  EXPECT_EQ(check_collective_results({}, 0).verdict, Verdict::fail) << "nothing was compared";
}

// An all-reduce of 1000 B on two ranks moves at least 4000 B, as does a copy of 1000 B by both.
TEST(CheckMemoryBandwidth, what_is_faster_than_memory_did_not_happen) {
  const std::vector<CopyTime> copies{{1000, 1}};
  const auto check = [&](double seconds) {
    return check_memory_bandwidth(std::vector{row_of(1000, seconds)}, copies, 2);
  };
  EXPECT_EQ(check(1).verdict, Verdict::pass);
  EXPECT_DOUBLE_EQ(*check(1).worst, 1);
  EXPECT_EQ(check(1 / 2.99).verdict, Verdict::pass);
  EXPECT_EQ(check(1 / 3.01).verdict, Verdict::invalid);
  EXPECT_EQ(check(1e-6).verdict, Verdict::invalid);
  EXPECT_THAT(check(1e-6).because, HasSubstr("most: 1000 B in place"));
}

TEST(CheckMemoryBandwidth, without_a_time_or_a_copy_there_is_nothing_to_say) {
  const BandwidthRow untimed = bandwidth_row({Collective::all_reduce, 1000, Placement::in_place}, 2, {}, {});
  EXPECT_NE(check_memory_bandwidth(std::vector{untimed}, std::vector<CopyTime>{{1000, 1}}, 2).verdict, Verdict::pass);
  EXPECT_NE(check_memory_bandwidth(std::vector{row_of(1000, 1)}, {}, 2).verdict, Verdict::pass);
}

TEST(CheckTraffic, fails_on_a_call_or_a_byte_too_many_or_too_few) {
  Traffic expected;
  expected.of(Collective::broadcast) = {2, 800};
  expected.of(Collective::all_reduce) = {4, 1600};
  EXPECT_EQ(check_traffic(expected, expected).verdict, Verdict::pass);
  const auto with = [&](Collective kind, Traffic::Entry entry) {
    Traffic made = expected;
    made.of(kind) = entry;
    return check_traffic(made, expected);
  };
  EXPECT_EQ(with(Collective::broadcast, {1, 800}).verdict, Verdict::fail);
  EXPECT_EQ(with(Collective::broadcast, {2, 804}).verdict, Verdict::fail);
  EXPECT_EQ(with(Collective::gather, {1, 4}).verdict, Verdict::fail);
  const CheckResult missing = with(Collective::all_reduce, {});
  EXPECT_EQ(missing.verdict, Verdict::fail);
  EXPECT_THAT(missing.because, HasSubstr("first: all_reduce 0 calls of 0 bytes, expected 4 of 1600"));
}

// 100 B of parameters, rows of 8 B in and 4 B out.
constexpr TrainingSizes sizes{.parameters = 100, .input_row = 8, .output_row = 4, .buckets = 3};

TEST(ExpectedTraffic, of_dp_is_per_micro_batch) {
  const Traffic traffic = expected_traffic("dp", sizes, std::vector<std::size_t>{5, 2});
  EXPECT_EQ(traffic.of(Collective::scatter), (Traffic::Entry{4, 7 * 8 + 7 * 4}));
  EXPECT_EQ(traffic.of(Collective::broadcast), (Traffic::Entry{2, 200}));
  EXPECT_EQ(traffic.of(Collective::gather), (Traffic::Entry{2, 7 * 4}));
  EXPECT_EQ(traffic.of(Collective::reduce), (Traffic::Entry{2, 200}));
  EXPECT_EQ(traffic.of(Collective::all_reduce), (Traffic::Entry{}));
}

TEST(ExpectedTraffic, of_ddp_is_its_buckets) {
  Traffic buckets;
  buckets.of(Collective::all_reduce) = {3, 100};
  EXPECT_EQ(expected_traffic("ddp", sizes, std::vector<std::size_t>{5, 2}), buckets);
  EXPECT_EQ(expected_traffic("single", sizes, std::vector<std::size_t>{5}), Traffic{});
  EXPECT_THROW(expected_traffic("other", sizes, {}), InternalError);
}

TEST(WireBytes, are_2_n_minus_1_over_n_of_the_parameters_for_ddp) {
  const Traffic ddp = expected_traffic("ddp", sizes, {});
  EXPECT_DOUBLE_EQ(wire_bytes(ddp, 4), 2 * 3 / 4.0 * 100);
  EXPECT_EQ(wire_bytes(ddp, 1), 0);
  const Traffic dp = expected_traffic("dp", sizes, std::vector<std::size_t>{6});
  EXPECT_DOUBLE_EQ(wire_bytes(dp, 3), 2 / 3.0 * 6 * (8 + 4) + 100 + 2 / 3.0 * 6 * 4 + 100);
}

}  // namespace
}  // namespace lockstep
