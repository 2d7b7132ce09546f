#include "kernels/optimizers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"

// One text for float and double: a formula per element is its own reference, and the compiler vectorises the loops.

namespace lockstep::kernels {
namespace {

template <typename T>
void sgd_without_momentum(std::span<T> values, std::span<const T> gradients, T learning_rate, T weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] -= learning_rate * (gradients[i] + weight_decay * values[i]);
  }
}

template <typename T>
void sgd_with_momentum(std::span<T> values, std::span<const T> gradients, std::span<T> velocity, T learning_rate,
                       T momentum, T weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T gradient = gradients[i] + weight_decay * values[i];
    velocity[i] = momentum * velocity[i] + gradient;
    values[i] -= learning_rate * velocity[i];
  }
}

template <typename T>
void sgd_with_nesterov_momentum(std::span<T> values, std::span<const T> gradients, std::span<T> velocity,
                                T learning_rate, T momentum, T weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T gradient = gradients[i] + weight_decay * values[i];
    velocity[i] = momentum * velocity[i] + gradient;
    values[i] -= learning_rate * (gradient + momentum * velocity[i]);
  }
}

template <typename T>
void sgd_step(std::span<T> values, std::span<const T> gradients, std::span<T> velocity, const SgdSettings& settings) {
  const bool has_momentum = settings.momentum != 0;
  check_size("sgd", "gradients", gradients.size(), values.size());
  check_size("sgd", "velocity", velocity.size(), has_momentum ? values.size() : 0);
  check(has_momentum || !settings.nesterov, "sgd", "nesterov needs momentum");
  const auto learning_rate = static_cast<T>(settings.learning_rate);
  const auto momentum = static_cast<T>(settings.momentum);
  const auto weight_decay = static_cast<T>(settings.weight_decay);
  if (!has_momentum) {
    sgd_without_momentum(values, gradients, learning_rate, weight_decay);
  } else if (settings.nesterov) {
    sgd_with_nesterov_momentum(values, gradients, velocity, learning_rate, momentum, weight_decay);
  } else {
    sgd_with_momentum(values, gradients, velocity, learning_rate, momentum, weight_decay);
  }
}

template <typename T>
void adam_step(std::span<T> values, std::span<const T> gradients, std::span<T> first_moment, std::span<T> second_moment,
               const AdamSettings& settings, std::int64_t step) {
  check_size("adam", "gradients", gradients.size(), values.size());
  check_size("adam", "first_moment", first_moment.size(), values.size());
  check_size("adam", "second_moment", second_moment.size(), values.size());
  check(step >= 1, "adam", "steps count from 1");
  const auto t = static_cast<double>(step);
  const auto step_size = static_cast<T>(settings.learning_rate / (1 - std::pow(settings.beta1, t)));
  const auto second_correction = static_cast<T>(std::sqrt(1 - std::pow(settings.beta2, t)));
  const auto beta1 = static_cast<T>(settings.beta1);
  const auto beta2 = static_cast<T>(settings.beta2);
  const auto one_minus_beta1 = static_cast<T>(1 - settings.beta1);
  const auto one_minus_beta2 = static_cast<T>(1 - settings.beta2);
  const auto epsilon = static_cast<T>(settings.epsilon);
  const auto weight_decay = static_cast<T>(settings.weight_decay);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T gradient = gradients[i] + weight_decay * values[i];
    first_moment[i] = beta1 * first_moment[i] + one_minus_beta1 * gradient;
    second_moment[i] = beta2 * second_moment[i] + one_minus_beta2 * (gradient * gradient);
    const T denominator = std::sqrt(second_moment[i]) / second_correction + epsilon;
    values[i] -= step_size * (first_moment[i] / denominator);
  }
}

template <typename T>
void ternary_step(std::span<T> values, std::span<const T> gradients, const TernarySettings& settings) {
  check_size("ternary", "gradients", gradients.size(), values.size());
  check(settings.threshold >= 0, "ternary", "the threshold must be at least 0");
  const auto threshold = static_cast<T>(settings.threshold);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T down = gradients[i] >= threshold ? T{1} : T{0};
    const T up = gradients[i] <= -threshold ? T{1} : T{0};
    values[i] = std::clamp(values[i] - down + up, T{-1}, T{1});
  }
}

}  // namespace

void sgd(std::span<float> values, std::span<const float> gradients, std::span<float> velocity,
         const SgdSettings& settings) {
  sgd_step(values, gradients, velocity, settings);
}
void sgd(std::span<double> values, std::span<const double> gradients, std::span<double> velocity,
         const SgdSettings& settings) {
  sgd_step(values, gradients, velocity, settings);
}

void adam(std::span<float> values, std::span<const float> gradients, std::span<float> first_moment,
          std::span<float> second_moment, const AdamSettings& settings, std::int64_t step) {
  adam_step(values, gradients, first_moment, second_moment, settings, step);
}
void adam(std::span<double> values, std::span<const double> gradients, std::span<double> first_moment,
          std::span<double> second_moment, const AdamSettings& settings, std::int64_t step) {
  adam_step(values, gradients, first_moment, second_moment, settings, step);
}

void ternary(std::span<float> values, std::span<const float> gradients, const TernarySettings& settings) {
  ternary_step(values, gradients, settings);
}
void ternary(std::span<double> values, std::span<const double> gradients, const TernarySettings& settings) {
  ternary_step(values, gradients, settings);
}

}  // namespace lockstep::kernels
