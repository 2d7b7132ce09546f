// What keeps N devices from being N times as fast.
#pragma once

#include <string>

#include "harness/measure/scaling.hpp"
#include "harness/measure/wall_time.hpp"

namespace lockstep {

/// What a step takes longer than its ideal, one device's step times `Scaling::ideal_share`, in seconds. The parts add
/// up to the loss; each may be negative.
struct LostTime {
  double step = 0;
  double ideal = 0;
  double serial = 0;         // rank 0's own phases, beyond the share of them that one device has
  double communication = 0;  // while nobody computes
  double straggler = 0;      // shared phases last longer than their mean over the ranks
  double computation = 0;    // their mean is longer than the share of one device's
  double idle = 0;
  [[nodiscard]] double loss() const { return step - ideal; }
};

LostTime lost_time(const WallTime& candidate, const WallTime& one_device, const Scaling& scaling);

struct Bottleneck {
  enum class Cause {
    nothing,
    serial_part,
    communication,
    straggler,
    small_batch,      // strong scaling: computation does not shrink with the piece
    shared_hardware,  // weak scaling: the same computation takes longer beside others
    idle
  };
  Cause cause;
  std::string sentence;
};

/// The largest part of the lost time; nothing when efficiency is within 5 % or within `noise` (relative) of 1.
Bottleneck find_bottleneck(const WallTime& candidate, const WallTime& one_device, const Scaling& scaling, double noise);

}  // namespace lockstep
