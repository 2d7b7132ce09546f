#include "harness/run/observations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {

// Found by argument-dependent lookup.
inline bool operator==(const MemoryUse& a, const MemoryUse& b) {
  return a.device == b.device && a.use == b.use && a.peak_bytes == b.peak_bytes && a.current_bytes == b.current_bytes;
}
inline bool operator==(const TrafficPerStep& a, const TrafficPerStep& b) {
  return a.collective == b.collective && a.calls == b.calls && a.bytes == b.bytes;
}

namespace {

using ::testing::ElementsAre;

TEST(Observations, MemoryIsListedByDeviceAndUse) {
  const World world = cpu::open_world({.ranks = 2});
  { const Tensor gone{*world.ranks[0]->device, DType::f32, {256}, Use::gradients}; }
  const Tensor kept{*world.ranks[0]->device, DType::f32, {512}, Use::parameters};
  const std::vector<MemoryUse> uses = memory_of(world);
  EXPECT_THAT(uses, ElementsAre(MemoryUse{0, "parameters", 2048, 2048}, MemoryUse{0, "gradients", 1024, 0},
                                MemoryUse{0, "total", 2048, 2048}, MemoryUse{1, "total", 0, 0}));
}

TEST(Observations, MemoryStandsBesideItsPrediction) {
  std::vector<MemoryAccount> accounts(2);
  accounts[0].add(Use::batch, 100);
  std::vector<MemoryPeaks> predicted(2);
  predicted[1].by_use[static_cast<std::size_t>(Use::gradients)] = predicted[1].total = 40;
  const std::vector<MemoryUse> uses = memory_of(accounts, predicted);
  EXPECT_THAT(uses, ElementsAre(MemoryUse{0, "batch", 100, 100}, MemoryUse{0, "total", 100, 100},
                                MemoryUse{1, "gradients", 0, 0}, MemoryUse{1, "total", 0, 0}))
      << "what was predicted and is not there is listed too";
  EXPECT_EQ(uses[0].predicted_bytes, 0U);
  EXPECT_EQ(uses[2].predicted_bytes, 40U);
  EXPECT_EQ(uses[3].predicted_bytes, 40U);
}

StepRecord step_of(std::vector<Rows> pieces, std::vector<CapturedCall> calls) {
  StepRecord step;
  step.micro_batches.push_back({.pieces = std::move(pieces)});
  step.ranks.resize(2);
  step.ranks[0].calls = std::move(calls);
  return step;
}

CapturedCall call(Collective kind, std::size_t bytes) {
  return {.kind = kind,
          .bytes = bytes,
          .ranks = 2,
          .root = 0,
          .dtype = DType::f32,
          .in_rank_order = true,
          .before = {},
          .after = {}};
}

TEST(Observations, EachSplitIsListedOnce) {
  Recording recording;
  recording.steps.push_back(step_of({{0, 3}, {3, 2}}, {}));
  recording.steps.push_back(step_of({{0, 1}, {1, 0}}, {}));
  recording.steps.push_back(step_of({{0, 3}, {3, 2}}, {}));
  EXPECT_THAT(pieces_of(recording), ElementsAre(ElementsAre(3, 2), ElementsAre(1, 0)));
}

TEST(Observations, TrafficIsTheMeanOverTheSteps) {
  Recording recording;
  recording.steps.push_back(step_of({}, {call(Collective::all_reduce, 100), call(Collective::all_reduce, 60)}));
  recording.steps.push_back(step_of({}, {call(Collective::all_reduce, 100), call(Collective::broadcast, 8)}));
  EXPECT_THAT(traffic_of(recording),
              ElementsAre(TrafficPerStep{"all_reduce", 1.5, 130}, TrafficPerStep{"broadcast", 0.5, 4}));
}

}  // namespace
}  // namespace lockstep
