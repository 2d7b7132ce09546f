#include "harness/ops/optimizers.hpp"

#include "harness/ops/dispatch.hpp"

namespace lockstep::ops {

void sgd(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& velocity,
         const kernels::SgdSettings& settings) {
  run_by_dtype(stream, "sgd",
               {6 * static_cast<double>(values.count()), bytes_of(values, values, gradients, velocity, velocity)},
               values.dtype(), [=]<typename T>(T) {
                 const auto velocities = velocity.count() > 0 ? velocity.values<T>() : std::span<T>{};
                 kernels::sgd(values.values<T>(), gradients.values<const T>(), velocities, settings);
               });
}

void adam(Stream& stream, const Tensor& values, const Tensor& gradients, const Tensor& first_moment,
          const Tensor& second_moment, const kernels::AdamSettings& settings, std::int64_t step) {
  run_by_dtype(stream, "adam",
               {14 * static_cast<double>(values.count()),
                bytes_of(values, values, gradients, first_moment, first_moment, second_moment, second_moment)},
               values.dtype(), [=]<typename T>(T) {
                 kernels::adam(values.values<T>(), gradients.values<const T>(), first_moment.values<T>(),
                               second_moment.values<T>(), settings, step);
               });
}

void ternary(Stream& stream, const Tensor& values, const Tensor& gradients, const kernels::TernarySettings& settings) {
  run_by_dtype(stream, "ternary", {3 * static_cast<double>(values.count()), bytes_of(values, values, gradients)},
               values.dtype(),
               [=]<typename T>(T) { kernels::ternary(values.values<T>(), gradients.values<const T>(), settings); });
}

}  // namespace lockstep::ops
