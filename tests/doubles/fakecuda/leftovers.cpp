#include "tests/doubles/fakecuda/leftovers.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_world.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

void report_memory(const Memory& memory) {
  for (const auto& [start, allocation] : memory.all())
    if (allocation.alive && !allocation.freeing) report("leak", allocation.describe() + " was never freed");
}

void report_work(const Scheduler& scheduler) {
  for (const Stream* stream : scheduler.streams())
    if (!stream->queue.empty())
      report("unfinished work", "the process ends and nobody has waited for " + std::to_string(stream->queue.size()) +
                                    " operations, '" + stream->queue.front()->name + "' first, on " + stream->name);
}

void report_streams(const Scheduler& scheduler) {
  for (const Stream* stream : scheduler.streams())
    if (stream->alive && !stream->legacy) report("leak", stream->name + " was never destroyed");
}

void report_events(const Events& events) {
  const auto alive = std::count_if(events.begin(), events.end(), [](const auto& entry) { return entry.second->alive; });
  if (alive != 0) report("leak", std::to_string(alive) + " events were never destroyed");
}

void report_handles(const Handles& handles) {
  for (const auto& [handle, what] : handles) report("leak", what + " was never destroyed");
}

void report_communicators(const Nccl& nccl) {
  for (const auto& comm : nccl.communicators)
    if (comm->alive) report("leak", comm->describe() + " was never destroyed");
}

}  // namespace

void report_leftovers(const Runtime& runtime) {
  const bool failed_device = std::any_of(runtime.devices.begin(), runtime.devices.end(),
                                         [](const Device& device) { return device.sticky != cudaSuccess; });
  if (runtime.process != getpid() || runtime.injection.release_failed() || failed_device) return;
  report_memory(runtime.memory);
  report_work(runtime.scheduler);
  report_streams(runtime.scheduler);
  report_events(runtime.events);
  report_handles(runtime.handles);
  report_communicators(*runtime.nccl);
}

}  // namespace fakecuda
