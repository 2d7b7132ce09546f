#include <cmath>

#include "kernels/check.hpp"
#include "kernels/cuda/attention.hpp"
#include "kernels/cuda/bodies/attention.cuh"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

device::Heads heads_of(const AttentionShape& shape) {
  return {.positions = shape.positions, .heads = shape.heads, .depth = shape.head_width};
}

/// Blocks: one a position of a head.
unsigned checked_blocks(const char* name, std::size_t qkv, std::size_t probabilities, std::size_t y,
                        const AttentionShape& shape) {
  check_size(name, "qkv", qkv, 3 * shape.count());
  check_size(name, "probabilities", probabilities, shape.probabilities());
  check_size(name, "y", y, shape.count());
  return static_cast<unsigned>(shape.rows * shape.heads * shape.positions);
}

template <typename T>
T score_scale(const AttentionShape& shape) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_width)));
}

}  // namespace

template <typename T>
void attention_forward(const CudaQueue& queue, std::span<const T> qkv, std::span<T> probabilities, std::span<T> y,
                       const AttentionShape& shape) {
  const unsigned blocks = checked_blocks("attention_forward", qkv.size(), probabilities.size(), y.size(), shape);
  if (blocks == 0) return;
  device::attention_forward<<<blocks, device::attention_threads, 0, queue.stream>>>(
      qkv.data(), probabilities.data(), y.data(), heads_of(shape), score_scale<T>(shape));
  cuda::check_launch("attention_forward");
}

template <typename T>
void attention_backward(const CudaQueue& queue, std::span<const T> qkv, std::span<const T> dy,
                        std::span<T> probabilities, std::span<T>, std::span<T> dqkv, const AttentionShape& shape) {
  const unsigned blocks = checked_blocks("attention_backward", qkv.size(), probabilities.size(), dy.size(), shape);
  check_size("attention_backward", "dqkv", dqkv.size(), qkv.size());
  if (blocks == 0) return;
  const device::Heads heads = heads_of(shape);
  device::attention_backward_values<<<blocks, device::attention_threads, 0, queue.stream>>>(
      dy.data(), probabilities.data(), dqkv.data(), heads);
  cuda::check_launch("attention_backward_values");
  device::attention_backward_queries<<<blocks, device::attention_threads, 0, queue.stream>>>(
      qkv.data(), dy.data(), probabilities.data(), dqkv.data(), heads, score_scale<T>(shape));
  cuda::check_launch("attention_backward_queries");
  device::attention_backward_keys<<<blocks, device::attention_threads, 0, queue.stream>>>(
      qkv.data(), probabilities.data(), dqkv.data(), heads);
  cuda::check_launch("attention_backward_keys");
}

template void attention_forward(const CudaQueue&, std::span<const float>, std::span<float>, std::span<float>,
                                const AttentionShape&);
template void attention_backward(const CudaQueue&, std::span<const float>, std::span<const float>, std::span<float>,
                                 std::span<float>, std::span<float>, const AttentionShape&);
template void attention_forward(const CudaQueue&, std::span<const double>, std::span<double>, std::span<double>,
                                const AttentionShape&);
template void attention_backward(const CudaQueue&, std::span<const double>, std::span<const double>, std::span<double>,
                                 std::span<double>, std::span<double>, const AttentionShape&);

}  // namespace lockstep::kernels
