#include "harness/measure/bandwidth.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

// 8 MB in 2 ms are 4 GB/s; the factors are those of nccl-tests (PERFORMANCE.md there), n = 4.
TEST(BandwidthRow, has_the_rates_of_nccl_tests) {
  const auto row_of = [](Collective kind) {
    return bandwidth_row({kind, 8'000'000, Placement::in_place}, 4, 0.002, {});
  };
  for (const Collective kind : {Collective::all_reduce, Collective::reduce, Collective::broadcast, Collective::scatter,
                                Collective::gather, Collective::all_gather, Collective::reduce_scatter})
    EXPECT_DOUBLE_EQ(*row_of(kind).algbw, 4e9) << name_of(kind);
  EXPECT_DOUBLE_EQ(*row_of(Collective::all_reduce).busbw, 6e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::reduce).busbw, 4e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::broadcast).busbw, 4e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::scatter).busbw, 3e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::gather).busbw, 3e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::all_gather).busbw, 3e9);
  EXPECT_DOUBLE_EQ(*row_of(Collective::reduce_scatter).busbw, 3e9);
}

TEST(BandwidthRow, counts_what_is_used) {
  const BandwidthRow pieces = bandwidth_row({Collective::all_gather, 4096, Placement::in_place}, 3, 1.0, {});
  EXPECT_EQ(pieces.count, 341U);
  EXPECT_EQ(pieces.bytes, 3 * 341 * 4U);
  const BandwidthRow whole = bandwidth_row({Collective::all_reduce, 4096, Placement::in_place}, 3, 1.0, {4096, 7});
  EXPECT_EQ(whole.count, 1024U);
  EXPECT_EQ(whole.bytes, 4096U);
  EXPECT_EQ(whole.wrong, 7U);
}

TEST(BandwidthRow, has_no_rate_on_one_rank_and_none_without_a_time) {
  const BandwidthRow alone = bandwidth_row({Collective::all_reduce, 4096, Placement::in_place}, 1, 0.1, {});
  EXPECT_EQ(alone.seconds, 0.1);
  EXPECT_FALSE(alone.algbw);
  EXPECT_FALSE(alone.busbw);
  const BandwidthRow untimed = bandwidth_row({Collective::all_reduce, 4096, Placement::in_place}, 2, {}, {});
  EXPECT_FALSE(untimed.seconds || untimed.algbw || untimed.busbw);
  EXPECT_FALSE(average_busbw(std::vector{alone, untimed})) << "not 0";
}

TEST(BandwidthRow, average_is_over_the_rows_with_a_rate) {
  const auto row = [](double seconds) {
    return bandwidth_row({Collective::broadcast, 4000, Placement::in_place}, 2, seconds, {});
  };
  const BandwidthRow untimed = bandwidth_row({Collective::broadcast, 4000, Placement::in_place}, 2, {}, {});
  EXPECT_DOUBLE_EQ(*average_busbw(std::vector{row(1), row(4), untimed}), (4000 + 1000) / 2.0);
}

TEST(LeastTraffic, is_what_must_be_read_and_written) {
  constexpr double bytes = 300;
  constexpr int ranks = 3;
  const auto in_place = [](Collective kind) { return least_traffic(kind, Placement::in_place, bytes, ranks); };
  const auto out_of_place = [](Collective kind) { return least_traffic(kind, Placement::out_of_place, bytes, ranks); };
  EXPECT_EQ(in_place(Collective::all_reduce), 900 + 900);
  EXPECT_EQ(in_place(Collective::reduce), 900 + 300);
  EXPECT_EQ(in_place(Collective::reduce_scatter), 900 + 300);
  EXPECT_EQ(in_place(Collective::broadcast), 300 + 600);
  EXPECT_EQ(out_of_place(Collective::broadcast), 300 + 900);
  EXPECT_EQ(in_place(Collective::scatter), 200 + 200);
  EXPECT_EQ(out_of_place(Collective::gather), 300 + 300);
  EXPECT_EQ(in_place(Collective::all_gather), 300 + 600);
  EXPECT_EQ(out_of_place(Collective::all_gather), 300 + 900);
}

TEST(CopyRate, is_the_fastest_of_the_copies_that_are_large_enough) {
  // Two ranks: 100 B in 1 s are 400 B/s, 1000 B in 4 s are 1000 B/s, 10000 B in 50 s are 800 B/s.
  const std::vector<CopyTime> copies{{100, 1}, {1000, 4}, {10000, 50}};
  EXPECT_EQ(copy_rate(copies, 400, 2), 1000);
  EXPECT_EQ(copy_rate(copies, 4000, 2), 1000);
  EXPECT_EQ(copy_rate(copies, 4004, 2), 800) << "a copy of 1000 B has smaller buffers than half of 2002 B";
  EXPECT_EQ(copy_rate({}, 400, 2), 0);
}

}  // namespace
}  // namespace lockstep
