#include "harness/device/collective.hpp"

#include <numeric>

namespace lockstep {

double bus_factor(Collective kind, int ranks) {
  if (ranks <= 1 || kind == Collective::barrier) return 0;
  const double share = static_cast<double>(ranks - 1) / ranks;
  switch (kind) {
    case Collective::all_reduce:
      return 2 * share;
    case Collective::reduce:
    case Collective::broadcast:
      return 1;
    default:
      return share;
  }
}

int steps_of(Collective kind, int ranks) {
  if (ranks <= 1) return 0;
  if (kind == Collective::barrier) return 1;
  return kind == Collective::all_reduce ? 2 * (ranks - 1) : ranks - 1;
}

std::size_t CollectiveCall::bytes(int ranks) const {
  const std::size_t element = size_of(dtype());
  switch (kind) {
    case Collective::barrier:
      return 0;
    case Collective::scatter:
    case Collective::gather:
      return std::accumulate(counts.begin(), counts.end(), std::size_t{0}) * element;
    case Collective::reduce_scatter:
      return receive.bytes() * static_cast<std::size_t>(ranks);
    default:
      return receive.bytes();
  }
}

std::uint64_t Traffic::bytes() const {
  std::uint64_t sum = 0;
  for (const Entry& entry : by_kind) sum += entry.bytes;
  return sum;
}

Traffic& Traffic::operator+=(const Traffic& other) {
  for (std::size_t kind = 0; kind < collective_names.size(); ++kind) {
    by_kind[kind].calls += other.by_kind[kind].calls;
    by_kind[kind].bytes += other.by_kind[kind].bytes;
  }
  return *this;
}

Traffic operator-(const Traffic& later, const Traffic& earlier) {
  Traffic difference;
  for (std::size_t kind = 0; kind < collective_names.size(); ++kind) {
    difference.by_kind[kind].calls = later.by_kind[kind].calls - earlier.by_kind[kind].calls;
    difference.by_kind[kind].bytes = later.by_kind[kind].bytes - earlier.by_kind[kind].bytes;
  }
  return difference;
}

}  // namespace lockstep
