// One unit of device work, as a value.
#pragma once

#include <functional>
#include <string_view>

namespace lockstep {

/// What the work must compute and move at least once: floating-point operations, and bytes read plus written.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

/// A name (with static lifetime), a cost, and a body for each kind of device.
struct Kernel {
  std::string_view name;
  Cost cost;
  std::function<void()> cpu;
};

}  // namespace lockstep
