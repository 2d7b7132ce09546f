#include "harness/device/cpu/topology.hpp"

#include <hwloc.h>
#include <pthread.h>
#include <sched.h>

#include <memory>
#include <optional>
#include <type_traits>

#include "harness/base/error.hpp"

namespace lockstep::cpu {
namespace {

using Topology = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, decltype(&hwloc_topology_destroy)>;

Topology load_topology() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) throw EnvironmentError{"hwloc cannot describe this machine"};
  Topology topology{raw, &hwloc_topology_destroy};
  if (hwloc_topology_load(raw) != 0) throw EnvironmentError{"hwloc cannot describe this machine"};
  return topology;
}

/// The first logical processor of a core that the calling thread may run on (taskset, cpusets).
std::optional<unsigned> first_allowed(hwloc_const_bitmap_t core) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool is_known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  for (int processor = hwloc_bitmap_first(core); processor >= 0; processor = hwloc_bitmap_next(core, processor))
    if (!is_known || CPU_ISSET(static_cast<std::size_t>(processor), &allowed)) return static_cast<unsigned>(processor);
  return std::nullopt;
}

}  // namespace

std::vector<unsigned> usable_cores() {
  const Topology topology = load_topology();
  std::vector<unsigned> cores;
  const int count = hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_CORE);
  for (int i = 0; i < count; ++i) {
    const hwloc_obj_t core = hwloc_get_obj_by_type(topology.get(), HWLOC_OBJ_CORE, static_cast<unsigned>(i));
    if (const auto processor = first_allowed(core->cpuset)) cores.push_back(*processor);
  }
  if (cores.empty()) cores.push_back(0);
  return cores;
}

void pin_thread(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  (void)::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

}  // namespace lockstep::cpu
