// Which machine a result is from, without its name.
#pragma once

#include <string>

#include "harness/run/result_json.hpp"

namespace lockstep {

/// A hash over the facts of `hardware` that stay when the machine is started again, its settings are changed or a part
/// of it is given to this process: processor, cores, caches, NUMA nodes, memory in whole GiB, hypervisor, and models
/// and memory of the GPUs. Machines of one make have the same: it tells makes of machines apart, not the pieces.
std::string machine_id(const Json& hardware);

}  // namespace lockstep
