// How far real values of two runs are apart that differ in rounding only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "harness/measure/check.hpp"

namespace lockstep {

/// ‖values‖₂
double l2_norm(std::span<const double> values);

/// ‖values − expected‖₂ / ‖expected‖₂; 0 when they are equal.
double relative_distance(std::span<const double> values, std::span<const double> expected);

/// The worst relative distance over tensors, and where it was.
class WorstDistance {
 public:
  /// Of runs that differ in rounding only, in their first steps. Over networks, batches and orders, correct float32
  /// runs stayed below 1.2e-6 (an eighth of it), while a lost sample or a mean of means on uneven pieces exceeds it
  /// 59-fold; single lost elements are the reduction check's.
  static constexpr double limit = 1e-5;
  /// The first steps: later differences have grown with the trajectory.
  static constexpr std::size_t steps = 16;

  void compare(std::span<const double> values, std::span<const double> expected, const std::string& where);
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  /// The verdict by the limit; `because` is followed by the place of the worst.
  [[nodiscard]] CheckResult result(const std::string& name, const std::string& because) const;

 private:
  std::uint64_t compared_ = 0;
  double worst_ = 0;
  std::string where_;
};

}  // namespace lockstep
