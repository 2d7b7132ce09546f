#include "harness/ops/optimizers.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/optimizers.hpp"

namespace lockstep::kernels {

// Beside the settings, where WorkKey looks for them. A field that is not named here does not compile.
static void add_to(WorkKey& key, const SgdSettings& settings) {
  const auto& [learning_rate, momentum, weight_decay, nesterov] = settings;
  key.add(learning_rate, momentum, weight_decay, nesterov);
}

static void add_to(WorkKey& key, const AdamSettings& settings) {
  const auto& [learning_rate, beta1, beta2, epsilon, weight_decay, decay] = settings;
  key.add(learning_rate, beta1, beta2, epsilon, weight_decay, decay);
}

static void add_to(WorkKey& key, const TernarySettings& settings) {
  const auto& [threshold] = settings;
  key.add(threshold);
}

}  // namespace lockstep::kernels

namespace lockstep::ops {
namespace {

constexpr auto sgd_body = []<typename T>(T, const Tensor& values, const Tensor& gradients, const Tensor& velocity,
                                         const kernels::SgdSettings& settings, const auto&... queue) {
  const auto velocities = velocity.count() > 0 ? velocity.values<T>() : std::span<T>{};
  kernels::sgd(queue..., values.values<T>(), gradients.values<const T>(), velocities, settings);
};

constexpr auto adam_body = []<typename T>(T, const Tensor& values, const Tensor& gradients, const Tensor& first_moment,
                                          const Tensor& second_moment, const kernels::AdamSettings& settings,
                                          std::int64_t step, const auto&... queue) {
  kernels::adam(queue..., values.values<T>(), gradients.values<const T>(), first_moment.values<T>(),
                second_moment.values<T>(), settings, step);
};

constexpr auto ternary_body = []<typename T>(T, const Tensor& values, const Tensor& gradients,
                                             const kernels::TernarySettings& settings, const auto&... queue) {
  kernels::ternary(queue..., values.values<T>(), gradients.values<const T>(), settings);
};

}  // namespace

void sgd(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& velocity,
         const kernels::SgdSettings& settings) {
  run_by_dtype(stream, "sgd",
               {6 * static_cast<double>(values.count()), bytes_of(values, values, gradients, velocity, velocity)},
               values.dtype(), sgd_body, values, gradients, velocity, settings);
}

void adam(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& first_moment,
          const Tensor& second_moment, const kernels::AdamSettings& settings, std::int64_t step) {
  run_by_dtype(stream, "adam",
               {14 * static_cast<double>(values.count()),
                bytes_of(values, values, gradients, first_moment, first_moment, second_moment, second_moment)},
               values.dtype(), adam_body, values, gradients, first_moment, second_moment, settings, step);
}

void ternary(Stream& stream, const Tensor& values, const Tensor& gradients, const kernels::TernarySettings& settings) {
  run_by_dtype(stream, "ternary", {3 * static_cast<double>(values.count()), bytes_of(values, values, gradients)},
               values.dtype(), ternary_body, values, gradients, settings);
}

}  // namespace lockstep::ops
