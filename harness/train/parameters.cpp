#include "harness/train/parameters.hpp"

namespace lockstep {

std::size_t count_of(const std::vector<ParameterSpec>& specs) {
  std::size_t count = 0;
  for (const ParameterSpec& spec : specs) count += count_of(spec.shape);
  return count;
}

Parameters::Parameters(Device& device, DType dtype, const std::vector<ParameterSpec>& specs)
    : values_{device, dtype, {count_of(specs)}, Use::parameters},
      gradients_{device, dtype, {count_of(specs)}, Use::gradients} {
  std::size_t offset = 0;
  for (const ParameterSpec& spec : specs) {
    all_.push_back({spec.name, values_.view(offset, spec.shape), gradients_.view(offset, spec.shape), offset});
    offset += count_of(spec.shape);
  }
}

}  // namespace lockstep
