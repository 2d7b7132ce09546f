// How small a change between two sets of blocks can be told from noise.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace lockstep {

/// What equal sides of as many blocks as these show in 99 of 100 comparisons at most, as a relative difference of their
/// medians: the larger of what scatter gives, z(0.005) · sqrt(2) · 1.2533 · c/sqrt(n) (the standard error of a median
/// of normal values; c the robust coefficient of variation), and what drift does: the largest difference between the
/// medians of two halves, for every way to cut the blocks, laid in a circle in the order measured, into two runs of
/// neighbours. Not set for fewer than four blocks or where a value is not above 0.
std::optional<double> block_noise(std::span<const double> blocks);

/// Probability with which an effect of the size that detectable_effect() gives is found.
inline constexpr double power = 0.9;

/// The smallest relative change of the median that a rank test at level `alpha` finds with probability `power`:
/// (z(alpha/2) + z(1-power)) · sqrt((c_a²/n + c_b²/m)/0.955), c the robust coefficients of variation; 0.955 is the
/// efficiency of rank tests for normal noise (Hodges and Lehmann, Ann. Math. Stat. 27, 1956). Values above 0; at least
/// two on each side, else not set.
std::optional<double> detectable_effect(std::span<const double> a, std::span<const double> b, double alpha);

/// The same for pairs, from their ratios and by a signed-rank test.
std::optional<double> detectable_effect_of_pairs(std::span<const double> ratios, double alpha);

/// How many blocks a side would bring the noise down to `threshold`, when `blocks` have `noise`: it falls with the
/// square root of their number.
std::size_t blocks_needed(std::size_t blocks, double noise, double threshold);

}  // namespace lockstep
