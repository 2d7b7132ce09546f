#include "tests/doubles/fakecuda/device_work.hpp"

#include <string>
#include <vector>

namespace fakecuda {

void wait_for_device(Call& call, int device) {
  Scheduler& scheduler = call.runtime.scheduler;
  std::vector<Point> points{scheduler.work_of_gone_streams(device)};
  for (Stream* stream : scheduler.streams())
    if (stream->device == device) points.push_back(scheduler.last_point(*stream));
  scheduler.wait(call.lock, std::string{call.function} + " waits for device " + std::to_string(device), points);
}

void release(Runtime& runtime, Allocation& allocation) {
  if (allocation.home == Home::device) runtime.device(allocation.device).used -= Memory::rounded(allocation.bytes);
  runtime.memory.free(allocation);
}

void release_everything_of(Runtime& runtime, int device) {
  for (const auto& [start, known] : runtime.memory.all())
    if (known.alive && known.device == device && known.home == Home::device)
      release(runtime, *runtime.memory.find(start));
  const std::vector<Stream*> streams = runtime.scheduler.streams();
  for (Stream* stream : streams)
    if (stream->device == device && !stream->legacy) runtime.scheduler.destroy_stream(*stream);
  for (const auto& [handle, event] : runtime.events)
    if (event->device == device) event->alive = false;
}

}  // namespace fakecuda
