#include "harness/device/cpu/cpu_device.hpp"

#include <fmt/format.h>

#include "harness/device/cpu/topology.hpp"

namespace lockstep::cpu {

CpuDevice::CpuDevice(int index, unsigned core, std::size_t capacity, Order order, WorkerStream::OnFailure on_failure)
    : name_{fmt::format("cpu:{}", index)},
      core_{core},
      pool_{name_, capacity},
      gate_{order == Order::deferred ? std::make_shared<Gate>() : nullptr},
      on_failure_{std::move(on_failure)} {}

void CpuDevice::attach_thread() { pin_thread(core_); }

std::unique_ptr<Stream> CpuDevice::make_compute_stream() {
  if (gate_) return make_worker_stream();
  return std::make_unique<InlineStream>();
}

std::unique_ptr<Stream> CpuDevice::make_side_stream() { return make_worker_stream(); }

std::unique_ptr<Stream> CpuDevice::make_worker_stream() {
  return std::make_unique<WorkerStream>([core = core_] { pin_thread(core); }, on_failure_, gate_);
}

}  // namespace lockstep::cpu
