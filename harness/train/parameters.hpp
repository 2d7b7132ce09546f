// A model's parameters and their gradients on one device.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/device/tensor.hpp"

namespace lockstep {

/// What a layer needs; `fan_in` is the number of inputs of each output, for initialisation.
struct ParameterSpec {
  std::string name;
  Shape shape;
  std::size_t fan_in;
  std::optional<double> start{};      // what it starts as, where that is not random
  std::optional<double> deviation{};  // of a normal distribution that it starts with, whatever the others do
};

struct Parameter {
  std::string name;
  Tensor value;
  Tensor gradient;
  std::size_t offset;  // of the first element in the flat tensors
};

/// All parameters in registration order, without gaps, in one flat tensor, and their gradients in another: so that a
/// broadcast, an update, a hash or a bucket is one operation on a range.
class Parameters {
 public:
  Parameters(Device& device, DType dtype, const std::vector<ParameterSpec>& specs);

  [[nodiscard]] const std::vector<Parameter>& all() const { return all_; }
  [[nodiscard]] const Tensor& values() const { return values_; }
  [[nodiscard]] const Tensor& gradients() const { return gradients_; }
  [[nodiscard]] std::size_t count() const { return values_.count(); }

 private:
  Tensor values_;
  Tensor gradients_;
  std::vector<Parameter> all_;
};

/// Elements of all parameters together.
std::size_t count_of(const std::vector<ParameterSpec>& specs);

}  // namespace lockstep
