// The faults that the checks on a resumed training are tried on.
#pragma once

#include <string>
#include <vector>

#include "harness/faults/fault.hpp"
#include "harness/faults/resumed_training.hpp"

namespace lockstep {

struct CheckpointFault {
  std::string id;
  std::string source{};  // where it was seen; empty: made up
  std::string acts;      // at what
  ResumeFault fault;
  CheckNames caught;
  std::size_t micro_batch = 0;     // where in a step the training is saved
  bool needs_second_rank = false;  // that updates, so with ddp
  bool is_below_rounding = false;  // not seen by "resume" where other devices go on
};

/// For networks whose second and third parameter tensors… of any optimizer with two state tensors.
std::vector<CheckpointFault> checkpoint_catalogue();

}  // namespace lockstep
