#include "tests/cuda/conformance/bodies.cuh"
#include "tests/cuda/conformance/kernels.hpp"

namespace lockstep::conformance {

void add(const Launch& launch, float* x, float value, std::size_t count) {
  device::conformance_add<<<launch.grid, launch.block, launch.shared, launch.stream>>>(x, value, count);
}

void store_numbers(const Launch& launch, float* to) {
  Numbers numbers{1.5F, 2.5, {3, 4, 5}};
  device::conformance_store<<<launch.grid, launch.block, launch.shared, launch.stream>>>(to, numbers);
  numbers = {};
}

void places(const Launch& launch, int* to) {
  device::conformance_places<<<launch.grid, launch.block, launch.shared, launch.stream>>>(to);
}

void reverse(const Launch& launch, float* x) {
  device::conformance_reverse<<<launch.grid, launch.block, launch.shared, launch.stream>>>(
      x, static_cast<unsigned>(launch.shared / sizeof(float)));
}

const void* reverse_function() { return reinterpret_cast<const void*>(&device::conformance_reverse); }

}  // namespace lockstep::conformance
