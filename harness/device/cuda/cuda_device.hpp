// One rank's use of a GPU.
#pragma once

#include <memory>
#include <string>

#include "harness/device/cuda/context.hpp"
#include "harness/device/cuda/memory_pool.hpp"
#include "harness/device/device.hpp"

namespace lockstep::cuda {

class CudaDevice : public Device {
 public:
  CudaDevice(std::shared_ptr<Context> context, std::size_t capacity) : context_{context}, pool_{context, capacity} {}

  [[nodiscard]] const std::string& name() const override { return context_->name(); }
  void attach_thread() override;
  std::unique_ptr<Stream> make_compute_stream() override;
  std::unique_ptr<Stream> make_side_stream() override { return make_compute_stream(); }
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) override { return pool_.allocate(bytes, use); }
  [[nodiscard]] std::size_t capacity() const override { return pool_.capacity(); }
  [[nodiscard]] MemoryAccount account() const override { return pool_.account(); }
  [[nodiscard]] std::optional<std::size_t> outside_account() const override;

 private:
  std::shared_ptr<Context> context_;
  MemoryPool pool_;
};

}  // namespace lockstep::cuda
