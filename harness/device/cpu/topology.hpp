// The cores this process may use.
#pragma once

#include <cstddef>
#include <vector>

namespace lockstep::cpu {

/// One logical processor number of the operating system per physical core, in topology order, restricted to the cores
/// that the process was allowed when it started.
std::vector<unsigned> usable_cores();

/// Pins the calling thread. Without effect where the system refuses: pinning is for speed, not for correctness.
void pin_thread(unsigned core);

}  // namespace lockstep::cpu
