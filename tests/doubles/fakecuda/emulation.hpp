// CUDA C++ for the host compiler, as far as kernels/cuda/bodies use it: included in front of a .cuh of kernel bodies.
#pragma once

// Names of NVIDIA's headers become those of the emulation.
// IWYU pragma: begin_keep
#include <cuda_bf16.h>
#include <math.h>  // overloads for float in the global namespace
#include <vector_functions.h>
#include <vector_types.h>

#include <bit>
#include <cstdint>
#include <cstring>
// IWYU pragma: end_keep

#include "tests/doubles/fakecuda/device_interface.hpp"

#define LOCKSTEP_BODIES emulated

#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __forceinline__
#undef __launch_bounds__
#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

/// A dynamic __shared__ array; the CUDA side is `extern __shared__ type name[]`.
#define LOCKSTEP_DYNAMIC_SHARED(type, name) type* const name = static_cast<type*>(::fakecuda::dynamic_shared_memory())

namespace fakecuda {

// A constant to the bodies, so that reads of it are not instrumented and may be kept across barriers; the engine
// changes it when it goes from thread to thread (block.cpp).
extern const BuiltinVariables builtin_variables __asm__("fakecuda_builtin_variables");

}  // namespace fakecuda

#define threadIdx (::fakecuda::builtin_variables.thread)
#define blockIdx (::fakecuda::builtin_variables.block)
#define blockDim (::fakecuda::builtin_variables.block_size)
#define gridDim (::fakecuda::builtin_variables.grid_size)

// The emulation's own memory accesses are none of the kernel's.
#define FAKECUDA_UNSEEN __attribute__((no_sanitize("thread")))

FAKECUDA_UNSEEN inline void __syncthreads(int line = __builtin_LINE()) { ::fakecuda::wait_for_block(line); }

FAKECUDA_UNSEEN inline void __syncwarp(unsigned mask = 0xFFFFFFFFU, int line = __builtin_LINE()) {
  ::fakecuda::wait_for_warp(mask, line);
}

namespace fakecuda {

template <typename T>
FAKECUDA_UNSEEN T value_of_lane(T value, unsigned source, unsigned mask, int line) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 2, "CUDA shuffles 2, 4 and 8 bytes");
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = exchange(bits, source, mask, line);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace fakecuda

template <typename T>
FAKECUDA_UNSEEN T __shfl_xor_sync(unsigned mask, T value, unsigned lanes, int line = __builtin_LINE()) {
  return ::fakecuda::value_of_lane(value, ::fakecuda::lane() ^ lanes, mask, line);
}

template <typename T>
FAKECUDA_UNSEEN T __shfl_down_sync(unsigned mask, T value, unsigned lanes, int line = __builtin_LINE()) {
  const unsigned lane = ::fakecuda::lane();
  return ::fakecuda::value_of_lane(value, lane + lanes < 32 ? lane + lanes : lane, mask, line);
}

template <typename T>
FAKECUDA_UNSEEN T atomicAdd(T* address, std::type_identity_t<T> value) {
  static_assert(std::is_same_v<T, int> || std::is_same_v<T, unsigned> || std::is_same_v<T, unsigned long long>,
                "an atomic sum of floating-point numbers depends on the order");
  ::fakecuda::touch_atomically(address, sizeof *address);
  const T before = *address;
  *address = before + value;
  return before;
}
