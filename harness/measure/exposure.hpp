// How much of the communication is hidden behind computation.
#pragma once

#include <span>
#include <vector>

#include "harness/measure/breakdown.hpp"

namespace lockstep {

/// A part of the time axis.
struct Stretch {
  double begin;
  double end;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// The union, as disjoint stretches in order; empty ones are dropped.
std::vector<Stretch> merged(std::vector<Stretch> stretches);
/// Of merged stretches.
double length_of(std::span<const Stretch> stretches);
/// Length of what lies in both; a sweep over two merged lists.
double common_length(std::span<const Stretch> a, std::span<const Stretch> b);

/// Seconds of one rank in one block. C is the union of its collectives, waiting for peers in them included, K that of
/// what it computes, loading batches and updating included.
struct Exposure {
  double communication = 0;                                                // |C|
  double hidden = 0;                                                       // |K ∩ C|
  [[nodiscard]] double exposed() const { return communication - hidden; }  // |C \ K|
};

Exposure exposure_of(const RankTimes& rank);

}  // namespace lockstep
