#include "harness/measure/largest_fit.hpp"

#include <algorithm>

#include "harness/base/error.hpp"

namespace lockstep {

std::size_t find_largest_fit(const FitSearch& search, const std::function<bool(std::size_t)>& fits) {
  require(search.granularity > 0, "a search in steps of 0");
  const std::size_t steps = search.most / search.granularity;
  const auto step_fits = [&](std::size_t step) { return fits(step * search.granularity); };
  // All up to `low` fit, `high` does not; 0 and steps + 1 are taken for granted.
  std::size_t low = 0;
  std::size_t high = steps + 1;
  std::size_t next = std::clamp<std::size_t>(search.guess / search.granularity, 1, std::max<std::size_t>(steps, 1));
  for (std::size_t stride = 1; low + 1 < high && (low == 0 || high > steps); stride *= 2) {
    (step_fits(next) ? low : high) = next;
    next = low > 0 ? std::min(low + stride, steps) : high - std::min(stride, high - 1);
  }
  while (low + 1 < high) {
    const std::size_t middle = low + (high - low) / 2;
    (step_fits(middle) ? low : high) = middle;
  }
  return low * search.granularity;
}

}  // namespace lockstep
