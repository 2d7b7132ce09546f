#include "harness/run/environment/measured_clock.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "harness/run/environment/instructions.hpp"

namespace lockstep {
namespace {

/// A processor in a test: its chain takes as long as this says, run by run, and then as the last one.
struct Processor {
  std::vector<double> seconds_per_run;
  double now = 0;
  std::size_t runs = 0;

  std::optional<double> clock() {
    return measured_clock_hz(
        [this](std::uint64_t count) {
          now += seconds_per_run[std::min(runs++, seconds_per_run.size() - 1)];
          return count;
        },
        [this] { return now; });
  }
};

TEST(MeasuredClock, IsAdditionsPerSecond) {
  EXPECT_NEAR(*Processor{{0.25e-3}}.clock(), 4e9, 1);
  EXPECT_NEAR(*Processor{{1e-3}}.clock(), 1e9, 1);
}

TEST(MeasuredClock, RunsThatWereInterruptedDoNotCount) {
  Processor processor{std::vector<double>(8, 0.25e-3)};  // 8 runs of 0.25 ms are the warm-up
  for (const double taken : {0.25e-3, 0.25e-3, 9e-3, 0.25e-3, 50e-3, 0.25e-3, 7e-3, 0.25e-3, 9e-3})
    processor.seconds_per_run.push_back(taken);
  EXPECT_NEAR(*processor.clock(), 4e9, 1);
}

TEST(MeasuredClock, TheClockMayRiseFirst) {
  Processor processor{{1e-3, 1e-3, 0.25e-3}};
  EXPECT_NEAR(*processor.clock(), 4e9, 1);
}

TEST(MeasuredClock, IsNothingWithoutAChainOrATime) {
  EXPECT_EQ(measured_clock_hz([](std::uint64_t) { return std::uint64_t{0}; }, [] { return 0.0; }), std::nullopt);
  EXPECT_EQ(Processor{{0.0}}.clock(), std::nullopt) << "and it ends";
}

// Not how fast, which is the machine's: only that it is the clock of a processor and not a loop that was optimised
// away.
TEST(MeasuredClock, OfThisMachineIsThatOfAProcessor) {
  if (run_dependent_additions(1) == 0) GTEST_SKIP() << "no chain for this instruction set";
  EXPECT_GE(run_dependent_additions(1000), 1000u);
  const std::optional<double> clock = measured_clock_hz();
  ASSERT_TRUE(clock);
  EXPECT_GT(*clock, 1e6);
  EXPECT_LT(*clock, 10e9);
}

}  // namespace
}  // namespace lockstep
