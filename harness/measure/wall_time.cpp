#include "harness/measure/wall_time.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "harness/measure/meetings.hpp"

namespace lockstep {
namespace {

enum class Activity { idle, waits, communicates, computes_shared, computes_serial };

std::size_t index_of(Phase phase) { return static_cast<std::size_t>(phase); }
bool is_computation(Phase phase) { return !is_collective(phase) && phase != Phase::wait; }

/// A rank turns to something else at `time`.
struct Turn {
  double time;
  std::size_t rank;
  Activity activity;
};

using PhaseFlags = std::array<bool, phase_names.size()>;

PhaseFlags serial_phases(const std::vector<Block>& blocks) {
  PhaseFlags on_first{};
  PhaseFlags on_others{};
  bool has_others = false;
  for (const Block& block : blocks)
    for (std::size_t rank = 0; rank < block.ranks.size(); ++rank)
      for (const TimedSpan& span : block.ranks[rank].spans) {
        (rank == 0 ? on_first : on_others)[index_of(span.phase)] = true;
        has_others = has_others || rank > 0;
      }
  PhaseFlags serial{};
  for (std::size_t phase = 0; phase < serial.size(); ++phase)
    serial[phase] = has_others && is_computation(static_cast<Phase>(phase)) && on_first[phase] && !on_others[phase];
  return serial;
}

/// What each rank turns to when, in the order of time.
std::vector<Turn> turns_of(const Block& block, const PhaseFlags& is_serial) {
  const auto latest = latest_arrivals(block);
  std::vector<Turn> turns;
  for (std::size_t rank = 0; rank < block.ranks.size(); ++rank) {
    const auto add = [&](double begin, double end, Activity activity) {
      if (begin >= end) return;
      turns.push_back({begin, rank, activity});
      turns.push_back({end, rank, Activity::idle});
    };
    for (const TimedSpan& span : block.ranks[rank].spans)
      if (span.lane == Lane::compute && is_computation(span.phase))
        add(span.begin, span.end,
            is_serial[index_of(span.phase)] ? Activity::computes_serial : Activity::computes_shared);
    for_each_meeting(block.ranks[rank], [&](const Meeting& meeting, const TimedSpan& span) {
      const double all_here = std::min(latest.at(meeting), span.end);
      add(span.begin, all_here, Activity::waits);
      add(all_here, span.end, Activity::communicates);
    });
  }
  // Where one activity ends and the next begins, the end comes first.
  std::ranges::stable_sort(turns, {}, [](const Turn& turn) {
    return std::pair{turn.time, turn.activity != Activity::idle};
  });
  return turns;
}

bool works(Activity activity) { return activity != Activity::idle && activity != Activity::waits; }

/// Adds `seconds` in which every rank does what `now` says.
void account(const std::vector<Activity>& now, double seconds, WallTime& sum) {
  const auto is_any = [&](Activity activity) { return std::ranges::find(now, activity) != now.end(); };
  if (is_any(Activity::computes_shared))
    sum.computing += seconds;
  else if (is_any(Activity::computes_serial))
    sum.serial += seconds;
  else if (is_any(Activity::communicates))
    sum.communicating += seconds;
  else
    sum.idle += seconds;
  if (now.size() > 1 && works(now[0]) && std::none_of(now.begin() + 1, now.end(), works)) sum.device0_alone += seconds;
  if (is_any(Activity::waits))
    for (std::size_t rank = 0; rank < now.size(); ++rank)
      if (now[rank] == Activity::computes_shared) sum.holding_up[rank] += seconds;
}

void add_block(const Block& block, WallTime& sum) {
  const std::vector<Turn> turns = turns_of(block, sum.is_serial);
  if (turns.empty()) return;
  std::vector<Activity> now(block.ranks.size(), Activity::idle);
  double time = turns.front().time;
  for (const Turn& turn : turns) {
    account(now, turn.time - time, sum);
    time = turn.time;
    now[turn.rank] = turn.activity;
  }
  double end = time;
  for (const RankTimes& rank : block.ranks) end = std::max(end, rank.end);
  account(now, end - time, sum);
}

/// Computation by phase, summed over steps, mean over the ranks with any span.
void add_phases(const Block& block, WallTime& sum) {
  const auto working = std::ranges::count_if(block.ranks, [](const RankTimes& rank) { return !rank.spans.empty(); });
  for (const RankTimes& rank : block.ranks)
    for (const TimedSpan& span : rank.spans)
      if (span.lane == Lane::compute && is_computation(span.phase)) {
        const auto phase = index_of(span.phase);
        sum.by_phase[phase] += (span.end - span.begin) / (sum.is_serial[phase] ? 1 : static_cast<double>(working));
      }
}

std::size_t steps_of(const Block& block) {
  std::set<std::size_t> steps;
  for (const RankTimes& rank : block.ranks)
    for (const TimedSpan& span : rank.spans) steps.insert(span.step);
  return steps.size();
}

}  // namespace

double WallTime::mean_computing() const {
  double sum = 0;
  for (std::size_t phase = 0; phase < by_phase.size(); ++phase)
    if (!is_serial[phase]) sum += by_phase[phase];
  return sum;
}

WallTime wall_time(const std::vector<Block>& blocks) {
  WallTime time;
  time.is_serial = serial_phases(blocks);
  std::size_t steps = 0;
  for (const Block& block : blocks) {
    time.holding_up.resize(std::max(time.holding_up.size(), block.ranks.size()));
    add_block(block, time);
    add_phases(block, time);
    steps += steps_of(block);
  }
  if (steps == 0) return time;
  const auto per_step = [steps](double& seconds) { seconds /= static_cast<double>(steps); };
  for (double* seconds : {&time.serial, &time.computing, &time.communicating, &time.idle, &time.device0_alone})
    per_step(*seconds);
  std::ranges::for_each(time.by_phase, per_step);
  std::ranges::for_each(time.holding_up, per_step);
  return time;
}

std::vector<Metric> device0_metrics(const std::vector<Block>& blocks) {
  std::vector<double> seconds;
  std::vector<double> shares;
  for (const Block& block : blocks) {
    const WallTime time = wall_time({block});
    seconds.push_back(time.device0_alone);
    shares.push_back(time.device0_alone / time.step());
  }
  return {summarised({.name = "device0_alone",
                      .unit = "s",
                      .better = Better::lower,
                      .definition = "per step, time in which only device 0 works and the others wait or are idle"},
                     seconds),
          summarised({.name = "device0_alone_share",
                      .unit = "1",
                      .better = Better::lower,
                      .definition = "device0_alone / mean step"},
                     shares)};
}

}  // namespace lockstep
