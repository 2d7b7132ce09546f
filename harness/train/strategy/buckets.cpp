#include "harness/train/strategy/buckets.hpp"

#include <ranges>

namespace lockstep {

std::vector<Bucket> make_buckets(const Parameters& parameters, const Bucketing& limits) {
  std::vector<Bucket> buckets;
  Bucket open;
  for (const Parameter& parameter : parameters.all() | std::views::reverse) {
    open = {parameter.offset, open.count + parameter.gradient.count(), open.parameters + 1};
    const std::size_t limit = buckets.empty() ? limits.first : limits.others;
    if (open.count * size_of(parameter.gradient.dtype()) < limit) continue;
    buckets.push_back(open);
    open = {};
  }
  if (open.parameters > 0) buckets.push_back(open);
  return buckets;
}

}  // namespace lockstep
