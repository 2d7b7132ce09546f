#pragma once

#include <functional>

#include "harness/base/units.hpp"

namespace lockstep {

/// Runs `work` in a process of its own, so that nothing of it is left in this one's memory, and waits. The calling
/// process must have one thread. What `work` throws is thrown here too, as an Error with its code and message; a
/// process that dies is a RunError.
void run_in_new_process(const std::function<void()>& work, Seconds deadline);

}  // namespace lockstep
