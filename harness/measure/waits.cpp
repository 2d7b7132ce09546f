#include "harness/measure/waits.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace lockstep {
namespace {

/// The same collective on different ranks: its step, phase and lane, and which of those it is.
using Place = std::tuple<std::size_t, Phase, Lane, std::size_t>;

struct Arrival {
  std::size_t rank;
  double begin;
  double end;
};

std::map<Place, std::vector<Arrival>> arrivals_of(const Block& block) {
  std::map<Place, std::vector<Arrival>> arrivals;
  for (std::size_t rank = 0; rank < block.ranks.size(); ++rank) {
    std::map<std::tuple<std::size_t, Phase, Lane>, std::size_t> occurrences;
    for (const TimedSpan& span : block.ranks[rank].spans) {
      if (!is_collective(span.phase)) continue;
      const std::size_t occurrence = occurrences[{span.step, span.phase, span.lane}]++;
      arrivals[{span.step, span.phase, span.lane, occurrence}].push_back({rank, span.begin, span.end});
    }
  }
  return arrivals;
}

/// Sums over collectives.
struct Totals {
  std::map<std::size_t, double> waited_for;  // seconds by the rank that came last
  double caused = 0;
  std::size_t last = 0;
  std::size_t collectives = 0;

  [[nodiscard]] double seconds() const {
    double sum = 0;
    for (const auto& [rank, seconds] : waited_for) sum += seconds;
    return sum;
  }
  [[nodiscard]] std::optional<std::size_t> longest_for() const {
    const auto longest = std::ranges::max_element(waited_for, {}, [](const auto& entry) { return entry.second; });
    if (longest == waited_for.end() || longest->second <= 0) return std::nullopt;
    return longest->first;
  }
};

struct Sums {
  std::map<std::size_t, Totals> ranks;
  std::size_t collectives = 0;
  double skew = 0;
  double largest_skew = 0;
  double seconds = 0;  // of all blocks
  std::size_t steps = 0;

  void add(const std::vector<Arrival>& arrivals) {
    const auto [first, last] = std::ranges::minmax_element(arrivals, {}, &Arrival::begin);
    const double skew_here = last->begin - first->begin;
    ++collectives;
    skew += skew_here;
    largest_skew = std::max(largest_skew, skew_here);
    for (const Arrival& arrival : arrivals) {
      Totals& totals = ranks[arrival.rank];
      ++totals.collectives;
      // Nobody is last when all come at once.
      if (arrival.rank == last->rank && skew_here > 0) ++totals.last;
      if (arrival.rank == last->rank) continue;
      const double wait = std::min(last->begin, arrival.end) - arrival.begin;
      totals.waited_for[last->rank] += wait;
      ranks[last->rank].caused += wait;
    }
  }
};

std::size_t steps_of(const Block& block) {
  std::set<std::size_t> steps;
  for (const RankTimes& rank : block.ranks)
    for (const TimedSpan& span : rank.spans) steps.insert(span.step);
  return steps.size();
}

double seconds_of(const Block& block) {
  double begin = 0;
  double end = 0;
  bool is_first = true;
  for (const RankTimes& rank : block.ranks) {
    if (rank.spans.empty()) continue;
    begin = is_first ? rank.spans.front().begin : std::min(begin, rank.spans.front().begin);
    end = std::max(end, rank.end);
    is_first = false;
  }
  return end - begin;
}

}  // namespace

Waits waits_of(const std::vector<Block>& blocks) {
  Sums sums;
  for (const Block& block : blocks) {
    for (const auto& [place, arrivals] : arrivals_of(block))
      if (arrivals.size() > 1) sums.add(arrivals);
    sums.steps += steps_of(block);
    sums.seconds += seconds_of(block);
  }
  Waits waits{.ranks = {}, .collectives = sums.collectives, .largest_skew = sums.largest_skew};
  if (sums.collectives == 0) return waits;
  waits.mean_skew = sums.skew / static_cast<double>(sums.collectives);
  const auto steps = static_cast<double>(sums.steps);
  for (const auto& [rank, totals] : sums.ranks)
    waits.ranks.push_back({.rank = rank,
                           .seconds = totals.seconds() / steps,
                           .fraction = totals.seconds() / sums.seconds,
                           .caused = totals.caused / steps,
                           .last_share = static_cast<double>(totals.last) / static_cast<double>(totals.collectives),
                           .waits_for = totals.longest_for()});
  return waits;
}

}  // namespace lockstep
