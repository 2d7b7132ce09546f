#include "kernels/optimizers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"

// One text for all types: a formula per element is its own reference, and the compiler vectorises the loops.

namespace lockstep::kernels {
namespace {

template <typename T, typename F = Wide<T>>
void sgd_without_momentum(std::span<T> values, std::span<const T> gradients, F learning_rate, F weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const F value = values[i];
    values[i] = static_cast<T>(value - learning_rate * (F{gradients[i]} + weight_decay * value));
  }
}

template <typename T, typename F = Wide<T>>
void sgd_with_momentum(std::span<T> values, std::span<const T> gradients, std::span<T> velocity, F learning_rate,
                       F momentum, F weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const F value = values[i];
    const F gradient = F{gradients[i]} + weight_decay * value;
    const F v = momentum * F{velocity[i]} + gradient;
    velocity[i] = static_cast<T>(v);
    values[i] = static_cast<T>(value - learning_rate * v);
  }
}

template <typename T, typename F = Wide<T>>
void sgd_with_nesterov_momentum(std::span<T> values, std::span<const T> gradients, std::span<T> velocity,
                                F learning_rate, F momentum, F weight_decay) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const F value = values[i];
    const F gradient = F{gradients[i]} + weight_decay * value;
    const F v = momentum * F{velocity[i]} + gradient;
    velocity[i] = static_cast<T>(v);
    values[i] = static_cast<T>(value - learning_rate * (gradient + momentum * v));
  }
}

template <typename T>
void sgd_step(std::span<T> values, std::span<const T> gradients, std::span<T> velocity, const SgdSettings& settings) {
  const bool has_momentum = settings.momentum != 0;
  check_size("sgd", "gradients", gradients.size(), values.size());
  check_size("sgd", "velocity", velocity.size(), has_momentum ? values.size() : 0);
  check(has_momentum || !settings.nesterov, "sgd", "nesterov needs momentum");
  using F = Wide<T>;
  const auto learning_rate = static_cast<F>(settings.learning_rate);
  const auto momentum = static_cast<F>(settings.momentum);
  const auto weight_decay = static_cast<F>(settings.weight_decay);
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
  using F = Wide<T>;
  const auto t = static_cast<double>(step);
  const auto step_size = static_cast<F>(settings.learning_rate / (1 - std::pow(settings.beta1, t)));
  const auto second_correction = static_cast<F>(std::sqrt(1 - std::pow(settings.beta2, t)));
  const auto beta1 = static_cast<F>(settings.beta1);
  const auto beta2 = static_cast<F>(settings.beta2);
  const auto one_minus_beta1 = static_cast<F>(1 - settings.beta1);
  const auto one_minus_beta2 = static_cast<F>(1 - settings.beta2);
  const auto epsilon = static_cast<F>(settings.epsilon);
  const bool is_decoupled = settings.decay == AdamSettings::Decay::of_value;
  const auto weight_decay = static_cast<F>(is_decoupled ? 0 : settings.weight_decay);
  const auto kept = static_cast<F>(is_decoupled ? 1 - settings.learning_rate * settings.weight_decay : 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const F value = values[i];
    const F gradient = F{gradients[i]} + weight_decay * value;
    const F first = beta1 * F{first_moment[i]} + one_minus_beta1 * gradient;
    const F second = beta2 * F{second_moment[i]} + one_minus_beta2 * (gradient * gradient);
    first_moment[i] = static_cast<T>(first);
    second_moment[i] = static_cast<T>(second);
    const F denominator = std::sqrt(second) / second_correction + epsilon;
    values[i] = static_cast<T>(kept * value - step_size * (first / denominator));
  }
}

template <typename T>
void ternary_step(std::span<T> values, std::span<const T> gradients, const TernarySettings& settings) {
  check_size("ternary", "gradients", gradients.size(), values.size());
  check(settings.threshold >= 0, "ternary", "the threshold must be at least 0");
  using F = Wide<T>;
  const auto threshold = static_cast<F>(settings.threshold);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const F gradient = gradients[i];
    const F down = gradient >= threshold ? F{1} : F{0};
    const F up = gradient <= -threshold ? F{1} : F{0};
    values[i] = static_cast<T>(std::clamp(F{values[i]} - down + up, F{-1}, F{1}));
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

void sgd(std::span<BFloat16> values, std::span<const BFloat16> gradients, std::span<BFloat16> velocity,
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

void adam(std::span<BFloat16> values, std::span<const BFloat16> gradients, std::span<BFloat16> first_moment,
          std::span<BFloat16> second_moment, const AdamSettings& settings, std::int64_t step) {
  adam_step(values, gradients, first_moment, second_moment, settings, step);
}

void ternary(std::span<float> values, std::span<const float> gradients, const TernarySettings& settings) {
  ternary_step(values, gradients, settings);
}
void ternary(std::span<double> values, std::span<const double> gradients, const TernarySettings& settings) {
  ternary_step(values, gradients, settings);
}
void ternary(std::span<BFloat16> values, std::span<const BFloat16> gradients, const TernarySettings& settings) {
  ternary_step(values, gradients, settings);
}

}  // namespace lockstep::kernels
