// What faults are planted in: a training whose honest run passes all checks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/data/dataset.hpp"
#include "harness/device/world.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/recording.hpp"

namespace lockstep {

/// Everything lives as long as the subject.
struct FaultSubject {
  bool is_exact = false;
  bool is_bf16 = false;
  const Dataset& dataset;
  RecordingPlan plan;                  // honest
  std::function<Training()> training;  // likewise; a new one each time, for a fault to change
  std::function<World()> open_world;   // of as many ranks as the plan is for
  std::function<std::vector<CheckResult>(const Recording& run)> judge;  // every check that applies
};

}  // namespace lockstep
