#include <algorithm>

#include "kernels/check.hpp"
#include "kernels/cuda/bodies/sum.cuh"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/sum.hpp"

namespace lockstep::kernels {
namespace {

template <typename T>
void sum(const CudaQueue& queue, std::span<const T* const> inputs, std::span<T* const> outputs, std::size_t count) {
  constexpr std::size_t most = device::most_arrays;
  check(!inputs.empty() && !outputs.empty(), "sum_in_order", "needs an input and an output");
  check(inputs.size() <= most && outputs.size() <= most, "sum_in_order", "more than 64 arrays");
  if (count == 0) return;
  device::Arrays<T> arrays{};
  std::copy(inputs.begin(), inputs.end(), arrays.inputs);
  std::copy(outputs.begin(), outputs.end(), arrays.outputs);
  arrays.input_count = static_cast<int>(inputs.size());
  arrays.output_count = static_cast<int>(outputs.size());
  device::sum_in_order<<<cuda::grid_for(count), cuda::block_threads, 0, queue.stream>>>(arrays, count);
  cuda::check_launch("sum_in_order");
}

}  // namespace

void sum_in_order(const CudaQueue& queue, std::span<const float* const> inputs, std::span<float* const> outputs,
                  std::size_t count) {
  sum(queue, inputs, outputs, count);
}
void sum_in_order(const CudaQueue& queue, std::span<const double* const> inputs, std::span<double* const> outputs,
                  std::size_t count) {
  sum(queue, inputs, outputs, count);
}
void sum_in_order(const CudaQueue& queue, std::span<const BFloat16* const> inputs, std::span<BFloat16* const> outputs,
                  std::size_t count) {
  sum(queue, inputs, outputs, count);
}

}  // namespace lockstep::kernels
