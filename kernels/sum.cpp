#include "kernels/sum.hpp"

#include <algorithm>
#include <array>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

/// Arrays are summed block by block: each is read or written in a long run, and the sums stay in the nearest cache.
constexpr std::size_t block_bytes = 1024;

template <typename T>
void add(const T* first, const T* second, T* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = first[i] + second[i];
}

template <typename T>
void sum_blocks(std::span<const T* const> inputs, std::span<T* const> outputs, std::size_t count) {
  check(!inputs.empty() && !outputs.empty(), "sum_in_order", "needs an input and an output");
  constexpr std::size_t block = block_bytes / sizeof(T);
  alignas(64) std::array<T, block> buffer;
  for (std::size_t begin = 0; begin < count; begin += block) {
    const std::size_t size = std::min(block, count - begin);
    // An output may be an input, so none is written before all inputs are read; two are read by the first addition.
    T* sums = inputs.size() == 2 ? outputs[0] + begin : buffer.data();
    if (inputs.size() == 1) {
      std::copy_n(inputs[0] + begin, size, sums);
    } else {
      add(inputs[0] + begin, inputs[1] + begin, sums, size);
      for (const T* input : inputs.subspan(2)) add<T>(sums, input + begin, sums, size);
    }
    for (T* output : outputs) {
      if (output + begin != sums) std::copy_n(sums, size, output + begin);
    }
  }
}

void sum_blocks(std::span<const BFloat16* const> inputs, std::span<BFloat16* const> outputs, std::size_t count) {
  check(!inputs.empty() && !outputs.empty(), "sum_in_order", "needs an input and an output");
  constexpr std::size_t block = block_bytes / sizeof(float);
  alignas(64) std::array<float, block> sums;
  alignas(64) std::array<BFloat16, block> rounded;
  for (std::size_t begin = 0; begin < count; begin += block) {
    const std::size_t size = std::min(block, count - begin);
    std::copy_n(inputs[0] + begin, size, sums.data());
    for (const BFloat16* input : inputs.subspan(1))
      for (std::size_t i = 0; i < size; ++i) sums[i] += input[begin + i];
    for (std::size_t i = 0; i < size; ++i) rounded[i] = BFloat16{sums[i]};
    // An output may be an input, so none is written before all inputs are read.
    for (BFloat16* output : outputs) std::copy_n(rounded.data(), size, output + begin);
  }
}

}  // namespace

void sum_in_order(std::span<const float* const> inputs, std::span<float* const> outputs, std::size_t count) {
  sum_blocks(inputs, outputs, count);
}

void sum_in_order(std::span<const double* const> inputs, std::span<double* const> outputs, std::size_t count) {
  sum_blocks(inputs, outputs, count);
}

void sum_in_order(std::span<const BFloat16* const> inputs, std::span<BFloat16* const> outputs, std::size_t count) {
  sum_blocks(inputs, outputs, count);
}

}  // namespace lockstep::kernels
