// Initial parameter values, made on the host so that every rank, dtype and backend starts from the same numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/train/parameters.hpp"

namespace lockstep {

/// All of these return the elements of all parameters in registration order. But for `constant`, a parameter that has a
/// start or a deviation of its own begins with that.

/// Uniform in ±1/√fan_in for weights and biases: what torch.nn.Linear does.
std::vector<float> kaiming_uniform(const std::vector<ParameterSpec>& specs, std::uint64_t seed);

/// For exact arithmetic: a filter of a convolution has one weight of ±1, since a deep network with more of them leaves
/// the integers that float32 holds; each output of a matrix has up to `non_zeros` weights of ±1 and
/// otherwise zeros; other parameters are in {-1, 0, 1}.
std::vector<float> sparse_ternary(const std::vector<ParameterSpec>& specs, std::uint64_t seed,
                                  std::size_t non_zeros = 4);

std::vector<float> constant(const std::vector<ParameterSpec>& specs, double value);

}  // namespace lockstep
