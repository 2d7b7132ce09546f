#include <cmath>

#include "kernels/check.hpp"
#include "kernels/cuda/bodies/optimizers.cuh"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/optimizers.hpp"

namespace lockstep::kernels {
namespace {

template <typename T>
void sgd_step(const CudaQueue& queue, std::span<T> values, std::span<const T> gradients, std::span<T> velocity,
              const SgdSettings& settings) {
  const bool has_momentum = settings.momentum != 0;
  check_size("sgd", "gradients", gradients.size(), values.size());
  check_size("sgd", "velocity", velocity.size(), has_momentum ? values.size() : 0);
  check(has_momentum || !settings.nesterov, "sgd", "nesterov needs momentum");
  if (values.empty()) return;
  const device::SgdFactors<Wide<T>> factors{.learning_rate = static_cast<Wide<T>>(settings.learning_rate),
                                            .momentum = static_cast<Wide<T>>(settings.momentum),
                                            .weight_decay = static_cast<Wide<T>>(settings.weight_decay)};
  const unsigned grid = cuda::grid_for(values.size());
  if (has_momentum)
    device::sgd_with_momentum<<<grid, cuda::block_threads, 0, queue.stream>>>(
        values.data(), gradients.data(), velocity.data(), values.size(), factors, settings.nesterov);
  else
    device::sgd<<<grid, cuda::block_threads, 0, queue.stream>>>(values.data(), gradients.data(), values.size(),
                                                                factors);
  cuda::check_launch("sgd");
}

template <typename T>
void adam_step(const CudaQueue& queue, std::span<T> values, std::span<const T> gradients, std::span<T> first_moment,
               std::span<T> second_moment, const AdamSettings& settings, std::int64_t step) {
  check_size("adam", "gradients", gradients.size(), values.size());
  check_size("adam", "first_moment", first_moment.size(), values.size());
  check_size("adam", "second_moment", second_moment.size(), values.size());
  check(step >= 1, "adam", "steps count from 1");
  if (values.empty()) return;
  const auto t = static_cast<double>(step);
  const bool is_decoupled = settings.decay == AdamSettings::Decay::of_value;
  const device::AdamFactors<Wide<T>> factors{
      .step_size = static_cast<Wide<T>>(settings.learning_rate / (1 - std::pow(settings.beta1, t))),
      .second_correction = static_cast<Wide<T>>(std::sqrt(1 - std::pow(settings.beta2, t))),
      .beta1 = static_cast<Wide<T>>(settings.beta1),
      .beta2 = static_cast<Wide<T>>(settings.beta2),
      .one_minus_beta1 = static_cast<Wide<T>>(1 - settings.beta1),
      .one_minus_beta2 = static_cast<Wide<T>>(1 - settings.beta2),
      .epsilon = static_cast<Wide<T>>(settings.epsilon),
      .weight_decay = static_cast<Wide<T>>(is_decoupled ? 0 : settings.weight_decay),
      .kept = static_cast<Wide<T>>(is_decoupled ? 1 - settings.learning_rate * settings.weight_decay : 1)};
  device::adam<<<cuda::grid_for(values.size()), cuda::block_threads, 0, queue.stream>>>(
      values.data(), gradients.data(), first_moment.data(), second_moment.data(), values.size(), factors);
  cuda::check_launch("adam");
}

template <typename T>
void ternary_step(const CudaQueue& queue, std::span<T> values, std::span<const T> gradients,
                  const TernarySettings& settings) {
  check_size("ternary", "gradients", gradients.size(), values.size());
  check(settings.threshold >= 0, "ternary", "the threshold must be at least 0");
  if (values.empty()) return;
  device::ternary<<<cuda::grid_for(values.size()), cuda::block_threads, 0, queue.stream>>>(
      values.data(), gradients.data(), values.size(), static_cast<Wide<T>>(settings.threshold));
  cuda::check_launch("ternary");
}

}  // namespace

void sgd(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients, std::span<float> velocity,
         const SgdSettings& settings) {
  sgd_step(queue, values, gradients, velocity, settings);
}
void sgd(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
         std::span<double> velocity, const SgdSettings& settings) {
  sgd_step(queue, values, gradients, velocity, settings);
}
void sgd(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
         std::span<BFloat16> velocity, const SgdSettings& settings) {
  sgd_step(queue, values, gradients, velocity, settings);
}

void adam(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients,
          std::span<float> first_moment, std::span<float> second_moment, const AdamSettings& settings,
          std::int64_t step) {
  adam_step(queue, values, gradients, first_moment, second_moment, settings, step);
}
void adam(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
          std::span<double> first_moment, std::span<double> second_moment, const AdamSettings& settings,
          std::int64_t step) {
  adam_step(queue, values, gradients, first_moment, second_moment, settings, step);
}
void adam(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
          std::span<BFloat16> first_moment, std::span<BFloat16> second_moment, const AdamSettings& settings,
          std::int64_t step) {
  adam_step(queue, values, gradients, first_moment, second_moment, settings, step);
}

void ternary(const CudaQueue& queue, std::span<float> values, std::span<const float> gradients,
             const TernarySettings& settings) {
  ternary_step(queue, values, gradients, settings);
}
void ternary(const CudaQueue& queue, std::span<double> values, std::span<const double> gradients,
             const TernarySettings& settings) {
  ternary_step(queue, values, gradients, settings);
}
void ternary(const CudaQueue& queue, std::span<BFloat16> values, std::span<const BFloat16> gradients,
             const TernarySettings& settings) {
  ternary_step(queue, values, gradients, settings);
}

}  // namespace lockstep::kernels
