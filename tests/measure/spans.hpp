// Planted spans.
#pragma once

#include "harness/measure/breakdown.hpp"

namespace lockstep {

inline TimedSpan span_of(std::size_t step, Phase phase, double begin, double end, Lane lane = Lane::compute) {
  return {step, phase, lane, begin, end};
}

}  // namespace lockstep
