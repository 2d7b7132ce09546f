#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/measure/checks/timing.hpp"

namespace lockstep {
namespace {

constexpr double tolerance = 0.005;

/// What the spans of one rank say, without the breakdown's own arithmetic.
struct Observed {
  double covered = 0;  // by spans, each instant once
  double overlap = 0;  // covered once more
  double gaps = 0;     // between spans, and after the last one
  std::size_t steps = 0;
  [[nodiscard]] double total() const { return covered + gaps; }
};

/// The phases of each step, in order.
std::map<std::size_t, std::vector<Phase>> phases_by_step(const RankTimes& rank) {
  std::map<std::size_t, std::vector<Phase>> steps;
  for (const TimedSpan& span : rank.spans)
    if (span.lane == Lane::compute) steps[span.step].push_back(span.phase);
  return steps;
}

void add(const RankTimes& rank, Observed& sum) {
  std::optional<double> reached;
  for (const TimedSpan& span : rank.spans) {
    if (span.lane != Lane::compute) continue;
    const double from = reached.value_or(span.begin);
    sum.gaps += std::max(0.0, span.begin - from);
    sum.overlap += std::max(0.0, std::min(from, span.end) - span.begin);
    sum.covered += std::max(0.0, span.end - std::max(span.begin, from));
    reached = std::max(from, span.end);
  }
  if (reached) sum.gaps += std::max(0.0, rank.end - *reached);
  sum.steps += phases_by_step(rank).size();
}

/// A step whose phases are not those of the rank's first step, in words.
std::optional<std::string> find_odd_step(const std::vector<Block>& blocks, std::size_t rank) {
  std::optional<std::vector<Phase>> expected;
  for (const Block& block : blocks)
    for (const auto& [step, phases] : phases_by_step(block.ranks[rank])) {
      if (!expected) expected = phases;
      if (phases != *expected)
        return fmt::format("rank {} has {} spans in step {}, not the {} of its first step", rank, phases.size(), step,
                           expected->size());
    }
  return std::nullopt;
}

bool sat_out_a_step(const std::vector<Block>& blocks, std::size_t rank) {
  return std::ranges::any_of(blocks, [rank](const Block& block) {
    std::set<std::size_t> all;
    for (const RankTimes& other : block.ranks)
      for (const TimedSpan& span : other.spans) all.insert(span.step);
    return phases_by_step(block.ranks[rank]).size() != all.size();
  });
}

/// The largest of the ways in which the table is not what was observed, as a share of the step.
double deviation(const Observed& observed, const std::vector<PhaseTime>& phases, std::size_t rank) {
  double busy = 0;
  double idle = 0;
  for (const PhaseTime& time : phases)
    if (time.rank == rank) (time.phase == "idle" ? idle : busy) += time.seconds;
  if (!std::isfinite(busy + idle)) return busy + idle;
  const auto steps = static_cast<double>(observed.steps);
  const double step = observed.total() / steps;
  return std::max({std::fabs(busy - observed.covered / steps), std::fabs(idle - observed.gaps / steps),
                   std::fabs(busy + idle - step), observed.overlap / steps}) /
         step;
}

}  // namespace

CheckResult check_breakdown(const std::vector<Block>& blocks, const std::vector<PhaseTime>& phases) {
  const std::size_t ranks = blocks.empty() ? 0 : blocks.front().ranks.size();
  std::size_t compared = 0;
  double worst = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    if (sat_out_a_step(blocks, rank)) continue;
    if (const auto odd = find_odd_step(blocks, rank)) return failed("breakdown", compared + 1, *odd);
    Observed observed;
    for (const Block& block : blocks) add(block.ranks[rank], observed);
    if (observed.steps == 0) continue;
    compared += observed.steps;
    const double found = deviation(observed, phases, rank);
    if (!std::isfinite(found))
      return failed("breakdown", compared, fmt::format("rank {} has a time of {}", rank, found));
    worst = std::max(worst, found);
  }
  return judged("breakdown", compared, worst, tolerance,
                "phases and idle of each rank add up to its steps, as recomputed from the spans; share of the step, "
                "the resolution that a table of phases needs");
}

}  // namespace lockstep
