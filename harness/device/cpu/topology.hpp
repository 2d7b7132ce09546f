// The cores this process may use.
#pragma once

#include <cstddef>
#include <vector>

namespace lockstep::cpu {

/// One logical processor number of the operating system per physical core, in topology order, restricted to those
/// that the calling thread may run on. Ask on a thread that is not pinned.
std::vector<unsigned> usable_cores();

/// Pins the calling thread. Without effect where the system refuses: pinning is for speed, not for correctness.
void pin_thread(unsigned core);

}  // namespace lockstep::cpu
