// The formulas of kernels/optimizers.hpp, one element a thread, in the same order of operations as on the CPU.
#pragma once

#include "kernels/cuda/bodies/language.cuh"

namespace lockstep::kernels::LOCKSTEP_BODIES {

// F is what T is computed in.

template <typename F>
struct SgdFactors {
  F learning_rate;
  F momentum;
  F weight_decay;
};

template <typename T>
__global__ void sgd(T* values, const T* gradients, std::size_t count, SgdFactors<Wide<T>> factors) {
  using F = Wide<T>;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const F value = values[i];
    values[i] = static_cast<T>(value - factors.learning_rate * (F{gradients[i]} + factors.weight_decay * value));
  }
}

template <typename T>
__global__ void sgd_with_momentum(T* values, const T* gradients, T* velocity, std::size_t count,
                                  SgdFactors<Wide<T>> factors, bool nesterov) {
  using F = Wide<T>;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const F value = values[i];
    const F gradient = F{gradients[i]} + factors.weight_decay * value;
    const F v = factors.momentum * F{velocity[i]} + gradient;
    velocity[i] = static_cast<T>(v);
    values[i] = static_cast<T>(value - factors.learning_rate * (nesterov ? gradient + factors.momentum * v : v));
  }
}

template <typename F>
struct AdamFactors {
  F step_size;
  F second_correction;
  F beta1;
  F beta2;
  F one_minus_beta1;
  F one_minus_beta2;
  F epsilon;
  F weight_decay;
  F kept;  // share of the value
};

template <typename T>
__global__ void adam(T* values, const T* gradients, T* first_moment, T* second_moment, std::size_t count,
                     AdamFactors<Wide<T>> factors) {
  using F = Wide<T>;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const F value = values[i];
    const F gradient = F{gradients[i]} + factors.weight_decay * value;
    const F first = factors.beta1 * F{first_moment[i]} + factors.one_minus_beta1 * gradient;
    const F second = factors.beta2 * F{second_moment[i]} + factors.one_minus_beta2 * (gradient * gradient);
    first_moment[i] = static_cast<T>(first);
    second_moment[i] = static_cast<T>(second);
    const F denominator = sqrt(second) / factors.second_correction + factors.epsilon;
    values[i] = static_cast<T>(factors.kept * value - factors.step_size * (first / denominator));
  }
}

template <typename T>
__global__ void ternary(T* values, const T* gradients, std::size_t count, Wide<T> threshold) {
  using F = Wide<T>;
  for (std::size_t i = first_index(); i < count; i += index_stride()) {
    const F gradient = gradients[i];
    const F down = gradient >= threshold ? F{1} : F{0};
    const F up = gradient <= -threshold ? F{1} : F{0};
    const F moved = F{values[i]} - down + up;
    values[i] = static_cast<T>(moved < F{-1} ? F{-1} : moved > F{1} ? F{1} : moved);
  }
}

}  // namespace lockstep::kernels::LOCKSTEP_BODIES
