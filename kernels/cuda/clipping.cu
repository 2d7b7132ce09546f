#include <algorithm>

#include "kernels/check.hpp"
#include "kernels/cuda/bodies/clipping.cuh"
#include "kernels/cuda/clipping.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

template <typename T>
void find_factor(const CudaQueue& queue, std::span<const T> gradients, double max_norm, std::span<double> result) {
  constexpr const char* name = "clip_factor";
  check_size(name, "result", result.size(), 2);
  check(max_norm > 0, name, "the largest norm must be above 0");
  const std::size_t wanted = (gradients.size() + device::loss_threads - 1) / device::loss_threads;
  const auto blocks = static_cast<unsigned>(std::min(wanted, CudaQueue::scratch_size));
  if (blocks > 0) {
    device::sum_of_squares<<<blocks, device::loss_threads, 0, queue.stream>>>(gradients.data(), queue.scratch,
                                                                              gradients.size());
    cuda::check_launch(name);
  }
  device::finish_clip_factor<<<1, device::loss_threads, 0, queue.stream>>>(queue.scratch, blocks, max_norm,
                                                                           clip_epsilon, result.data());
  cuda::check_launch(name);
}

template <typename T>
void multiply(const CudaQueue& queue, std::span<T> gradients, std::span<const double> norm_and_factor) {
  check_size("apply_factor", "norm_and_factor", norm_and_factor.size(), 2);
  if (gradients.empty()) return;
  device::apply_factor<<<cuda::grid_for(gradients.size()), cuda::block_threads, 0, queue.stream>>>(
      gradients.data(), norm_and_factor.data(), gradients.size());
  cuda::check_launch("apply_factor");
}

}  // namespace

void clip_factor(const CudaQueue& queue, std::span<const float> gradients, double max_norm, std::span<double> result) {
  find_factor(queue, gradients, max_norm, result);
}
void clip_factor(const CudaQueue& queue, std::span<const double> gradients, double max_norm, std::span<double> result) {
  find_factor(queue, gradients, max_norm, result);
}
void clip_factor(const CudaQueue& queue, std::span<const BFloat16> gradients, double max_norm,
                 std::span<double> result) {
  find_factor(queue, gradients, max_norm, result);
}

void apply_factor(const CudaQueue& queue, std::span<float> gradients, std::span<const double> norm_and_factor) {
  multiply(queue, gradients, norm_and_factor);
}
void apply_factor(const CudaQueue& queue, std::span<double> gradients, std::span<const double> norm_and_factor) {
  multiply(queue, gradients, norm_and_factor);
}
void apply_factor(const CudaQueue& queue, std::span<BFloat16> gradients, std::span<const double> norm_and_factor) {
  multiply(queue, gradients, norm_and_factor);
}

}  // namespace lockstep::kernels
