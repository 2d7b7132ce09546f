// What a model has beside its parameters and does not train.
#pragma once

#include <string>
#include <vector>

#include "harness/device/tensor.hpp"
#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// All buffers of a model on one device in one flat tensor, in the order of the specs.
class Buffers {
 public:
  Buffers(Device& device, DType dtype, std::vector<BufferSpec> specs);

  /// Fills all of them with what they start as. Blocks until done.
  void start(Stream& stream) const;

  [[nodiscard]] const std::vector<BufferSpec>& specs() const { return specs_; }
  /// A view of each.
  [[nodiscard]] const std::vector<Tensor>& all() const { return all_; }
  [[nodiscard]] const Tensor& values() const { return values_; }

 private:
  std::vector<BufferSpec> specs_;
  Tensor values_;
  std::vector<Tensor> all_;
};

/// Elements of all buffers together.
std::size_t count_of(const std::vector<BufferSpec>& specs);

}  // namespace lockstep
