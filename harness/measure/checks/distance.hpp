// How far real values of two runs are apart that differ in rounding only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "harness/device/dtype.hpp"
#include "harness/measure/check.hpp"

namespace lockstep {

/// ‖values‖₂
double l2_norm(std::span<const double> values);

/// ‖values − expected‖₂ / ‖expected‖₂; 0 when they are equal.
double relative_distance(std::span<const double> values, std::span<const double> expected);

/// Of runs that differ in rounding only, in their first steps. f32: over networks, batches and orders, correct runs
/// stayed below 1.2e-6 (an eighth of it), while a lost sample or a mean of means on uneven pieces exceeds it 59-fold;
/// single lost elements are the reduction check's.
///
/// bf16 rounds every stored number by up to u = 2^-8, and what nearly cancels in a gradient multiplies that: over 252
/// runs correct ones came to 0.044, a third of the limit of 32u. It sees a contribution that is missing, stale or
/// counted twice, and rows that are lost from a small batch; what is smaller is for exact data, coverage and reduction.
constexpr double distance_limit(DType dtype) { return dtype == DType::bf16 ? 0x1p-3 : 1e-5; }
/// The same for a loss. In bf16 the errors of its terms are of both signs and average out: correct runs came to 3.8e-3,
/// a quarter of the limit of 4u.
constexpr double loss_limit(DType dtype) { return dtype == DType::bf16 ? 0x1p-6 : distance_limit(dtype); }
/// How many of the first steps are compared: later differences have grown with the trajectory.
constexpr std::size_t compared_steps(DType dtype) { return dtype == DType::bf16 ? 4 : 16; }

/// The worst relative distance over tensors, and where it was.
class WorstDistance {
 public:
  explicit WorstDistance(DType dtype)
      : limit_{distance_limit(dtype)}, weight_of_loss_{distance_limit(dtype) / loss_limit(dtype)} {}

  void compare(std::span<const double> values, std::span<const double> expected, const std::string& where);
  /// Counts for as much more than tensors as its limit is lower.
  void compare_loss(double loss, double expected, const std::string& where);
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  /// The verdict by the limit; `because` is followed by the place of the worst.
  [[nodiscard]] CheckResult result(const std::string& name, const std::string& because) const;

 private:
  void note(double found, const std::string& where);

  double limit_;
  double weight_of_loss_;
  std::uint64_t compared_ = 0;
  double worst_ = 0;
  std::string where_;
};

}  // namespace lockstep
