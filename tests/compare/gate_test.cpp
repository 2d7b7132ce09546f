#include "harness/compare/gate.hpp"

#include <gtest/gtest.h>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

RecordedMetric named(const std::string& name, Better better = Better::lower) {
  return {
      .name = name, .unit = "s", .better = better, .value = {}, .low = {}, .high = {}, .blocks = {}, .definition = {}};
}

TEST(Gate, judges_one_metric_per_measured_quantity) {
  const Gate gate;
  EXPECT_EQ(gate.threshold(named("step_time")), 0.03);
  EXPECT_EQ(gate.threshold(named("save_time")), 0.10);
  EXPECT_EQ(gate.threshold(named("peak_memory.7")), 0.01);
  EXPECT_FALSE(gate.threshold(named("throughput")));
  EXPECT_FALSE(gate.threshold(named("checks_share")));
}

TEST(Gate, leaves_out_what_has_no_better_direction) {
  EXPECT_FALSE(Gate{}.threshold(named("step_time", Better::none)));
}

TEST(Gate, thresholds_are_shares_for_all_or_for_one) {
  Gate gate;
  gate.set_threshold("5%");
  gate.set_threshold("step_time=0.2");
  gate.set_threshold("throughput=7.5%");
  EXPECT_EQ(gate.threshold(named("speedup")), 0.05);
  EXPECT_EQ(gate.threshold(named("step_time")), 0.2);
  EXPECT_EQ(gate.threshold(named("throughput")), 0.075);
  EXPECT_EQ(gate.threshold(named("largest_batch")), 0.01);  // exact ones keep theirs
}

TEST(Gate, refuses_thresholds_that_make_no_sense) {
  for (const char* text :
       {"", "%", "0", "-1%", "101%", "2", "3 %", "x", "3%%", "nan", "inf", "=3%", "step_time=", "1e-400"})
    EXPECT_THROW(Gate{}.set_threshold(text), UsageError) << text;
}

TEST(Gate, can_be_told_which_metrics) {
  Gate gate;
  gate.judge_only({"overlap", "step_time"});
  EXPECT_EQ(gate.threshold(named("overlap")), 0.03);
  EXPECT_TRUE(gate.threshold(named("step_time")));
  EXPECT_FALSE(gate.threshold(named("speedup")));
  EXPECT_THROW(gate.judge_only({"a", "a"}), UsageError);
}

}  // namespace
}  // namespace lockstep
