// A virtual device: a pinned thread with its own memory pool.
#pragma once

#include <memory>
#include <string>

#include "harness/device/cpu/cpu_stream.hpp"
#include "harness/device/cpu/memory_pool.hpp"
#include "harness/device/device.hpp"

namespace lockstep::cpu {

/// When queued work runs. `at_once`: the compute stream inline, side streams on worker threads. `deferred`: every
/// stream on a worker thread that starts only when the host waits; for tests of ordering.
enum class Order { at_once, deferred };

class CpuDevice : public Device {
 public:
  CpuDevice(int index, unsigned core, std::size_t capacity, Order order, WorkerStream::OnFailure on_failure);

  [[nodiscard]] const std::string& name() const override { return name_; }
  void attach_thread() override;
  std::unique_ptr<Stream> make_compute_stream() override;
  std::unique_ptr<Stream> make_side_stream() override;
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) override { return pool_.allocate(bytes, use); }
  [[nodiscard]] std::size_t capacity() const override { return pool_.capacity(); }
  [[nodiscard]] MemoryAccount account() const override { return pool_.account(); }

 private:
  std::unique_ptr<Stream> make_worker_stream();

  std::string name_;
  unsigned core_;
  MemoryPool pool_;
  std::shared_ptr<Gate> gate_;  // null unless deferred
  WorkerStream::OnFailure on_failure_;
};

}  // namespace lockstep::cpu
