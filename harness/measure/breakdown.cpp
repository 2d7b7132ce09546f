#include "harness/measure/breakdown.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "harness/measure/meetings.hpp"

namespace lockstep {
namespace {

constexpr std::string_view idle = "idle";

/// When the first rank began each step.
std::map<std::size_t, double> step_starts(const Block& block) {
  std::map<std::size_t, double> starts;
  for (const RankTimes& rank : block.ranks)
    for (const TimedSpan& span : rank.spans) {
      const auto [start, is_new] = starts.emplace(span.step, span.begin);
      if (!is_new) start->second = std::min(start->second, span.begin);
    }
  return starts;
}

/// One rank's step: from its first span to the first of its next step. A rank that has no part in the next step is done
/// when the others begin it, and at the latest at the block's end.
struct Window {
  std::size_t step;
  double begin;
  double end;
};

std::vector<Window> windows(const RankTimes& rank, const std::map<std::size_t, double>& starts) {
  std::vector<Window> result;
  double done = 0;  // end of the last span
  const auto close = [&](std::size_t next_step, double next_begin) {
    if (result.empty()) return;
    const auto others = starts.find(result.back().step + 1);
    const bool sits_out = next_step != result.back().step + 1 && others != starts.end();
    result.back().end = sits_out ? std::max(done, others->second) : next_begin;
  };
  for (const TimedSpan& span : rank.spans) {
    if (span.lane != Lane::compute) continue;
    if (result.empty() || result.back().step != span.step) {
      close(span.step, span.begin);
      result.push_back({span.step, span.begin, rank.end});
    }
    done = span.end;
  }
  constexpr std::size_t no_step = std::numeric_limits<std::size_t>::max();
  close(no_step, rank.end);
  return result;
}

struct Totals {
  std::map<std::string_view, double> by_phase;
  double windows = 0;
  std::size_t steps = 0;
};

void add_rank(const RankTimes& rank, const std::map<Meeting, double>& latest,
              const std::map<std::size_t, double>& starts, Totals& totals) {
  double covered = 0;
  for (const TimedSpan& span : rank.spans) {
    if (span.lane != Lane::compute) continue;
    totals.by_phase[name_of(span.phase)] += span.end - span.begin;
    covered += span.end - span.begin;
  }
  for_each_meeting(rank, [&](const Meeting& meeting, const TimedSpan& span) {
    if (!is_collective(span.phase)) return;
    const double wait = std::min(latest.at(meeting), span.end) - span.begin;
    totals.by_phase[name_of(span.phase)] -= wait;
    totals.by_phase[name_of(Phase::wait)] += wait;
  });
  double total = 0;
  for (const Window& window : windows(rank, starts)) {
    total += window.end - window.begin;
    ++totals.steps;
  }
  totals.by_phase[idle] += total - covered;
  totals.windows += total;
}

}  // namespace

RankTimes timed_spans(const std::vector<Span>& spans, const Event& origin, const Event& end) {
  RankTimes times;
  for (const Span& span : spans)
    times.spans.push_back(
        {span.step, span.phase, span.lane, (span.begin - origin).count(), (span.end - origin).count(), span.bytes});
  times.end = (end - origin).count();
  return times;
}

std::vector<double> step_times(const Block& block) {
  const auto starts = step_starts(block);
  std::map<std::size_t, double> longest;
  for (const RankTimes& rank : block.ranks)
    for (const Window& window : windows(rank, starts))
      longest[window.step] = std::max(longest[window.step], window.end - window.begin);
  std::vector<double> times;
  for (const auto& [step, seconds] : longest) times.push_back(seconds);
  return times;
}

std::vector<PhaseTime> breakdown(const std::vector<Block>& blocks) {
  std::map<std::size_t, Totals> ranks;
  for (const Block& block : blocks) {
    const auto latest = latest_arrivals(block);
    const auto starts = step_starts(block);
    for (std::size_t rank = 0; rank < block.ranks.size(); ++rank)
      add_rank(block.ranks[rank], latest, starts, ranks[rank]);
  }
  std::vector<PhaseTime> result;
  for (const auto& [rank, totals] : ranks)
    for (const auto& [phase, seconds] : totals.by_phase)
      if (totals.steps > 0)
        result.push_back({rank, phase, seconds / static_cast<double>(totals.steps), seconds / totals.windows});
  return result;
}

}  // namespace lockstep
