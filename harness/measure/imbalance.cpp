#include "harness/measure/imbalance.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"
#include "harness/measure/waits.hpp"
#include "harness/train/split.hpp"

namespace lockstep {
namespace {

bool is_computation(Phase phase) {
  return phase == Phase::batch || phase == Phase::forward || phase == Phase::loss || phase == Phase::backward ||
         phase == Phase::update;
}

bool grows_with_rows(Phase phase) { return phase == Phase::forward || phase == Phase::backward; }

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::vector<double> computing_of(const std::vector<Load>& loads) {
  std::vector<double> seconds;
  for (const Load& load : loads) seconds.push_back(load.computing);
  return seconds;
}

std::vector<double> doubles(const std::vector<std::size_t>& values) { return {values.begin(), values.end()}; }

std::vector<std::size_t> sizes_of(const std::vector<Rows>& pieces) {
  std::vector<std::size_t> sizes;
  for (const Rows& piece : pieces) sizes.push_back(piece.count);
  return sizes;
}

/// The value of each block.
template <typename Function>
std::vector<double> of_each(const std::vector<Block>& blocks, const Function& function) {
  std::vector<double> values;
  for (const Block& block : blocks) values.push_back(function(loads({block})));
  return values;
}

std::size_t longest_computing(const std::vector<Load>& loads) {
  return static_cast<std::size_t>(std::ranges::max_element(loads, {}, &Load::computing) - loads.begin());
}

double mean_without(const std::vector<double>& values, std::size_t left_out) {
  return (sum_of(values) - values[left_out]) / static_cast<double>(values.size() - 1);
}

}  // namespace

std::vector<Load> loads(const std::vector<Block>& blocks) {
  std::size_t steps = 0;
  std::vector<Load> result;
  for (const Block& block : blocks) {
    steps += step_times(block).size();
    result.resize(std::max(result.size(), block.ranks.size()));
    for (std::size_t rank = 0; rank < block.ranks.size(); ++rank) {
      result[rank].rows += static_cast<double>(block.ranks[rank].rows);
      for (const TimedSpan& span : block.ranks[rank].spans) {
        if (span.lane == Lane::compute && is_computation(span.phase)) result[rank].computing += span.end - span.begin;
        if (span.lane == Lane::compute && grows_with_rows(span.phase)) result[rank].on_rows += span.end - span.begin;
      }
    }
  }
  for (Load& load : result)
    for (double* total : {&load.rows, &load.computing, &load.on_rows}) *total /= static_cast<double>(steps);
  return result;
}

double imbalance(const std::vector<Load>& loads) {
  const std::vector<double> seconds = computing_of(loads);
  require(!seconds.empty() && sum_of(seconds) > 0, "the imbalance of ranks that computed nothing");
  return std::ranges::max(seconds) * static_cast<double>(seconds.size()) / sum_of(seconds) - 1;
}

std::vector<double> speeds(const std::vector<Load>& loads) {
  std::vector<double> known;
  for (const Load& load : loads)
    if (load.rows > 0 && load.on_rows > 0) known.push_back(load.rows / load.on_rows);
  const double typical = median(known);
  std::vector<double> result;
  for (const Load& load : loads)
    result.push_back(load.rows > 0 && load.on_rows > 0 ? load.rows / load.on_rows : typical);
  return result;
}

std::vector<double> speeds(const std::vector<Block>& blocks) {
  std::vector<std::vector<double>> by_rank;
  for (const Block& block : blocks) {
    const std::vector<double> of_block = speeds(loads({block}));
    by_rank.resize(of_block.size());
    for (std::size_t rank = 0; rank < of_block.size(); ++rank) by_rank[rank].push_back(of_block[rank]);
  }
  std::vector<double> result;
  for (std::vector<double>& of_rank : by_rank) result.push_back(median(std::move(of_rank)));
  return result;
}

double split_bound(const std::vector<double>& rows, const std::vector<double>& speeds) {
  require(rows.size() == speeds.size(), "{} speeds for {} devices", speeds.size(), rows.size());
  double bound = 0;
  for (std::size_t device = 0; device < rows.size(); ++device) bound = std::max(bound, rows[device] / speeds[device]);
  return bound;
}

double split_penalty(const std::vector<double>& rows, const std::vector<double>& speeds) {
  return split_bound(rows, speeds) * sum_of(speeds) / sum_of(rows) - 1;
}

std::vector<double> rows_of(const std::vector<Load>& loads) {
  std::vector<double> rows;
  for (const Load& load : loads) rows.push_back(load.rows);
  return rows;
}

std::vector<Metric> imbalance_metrics(const std::vector<Block>& blocks, const std::vector<double>& step_times) {
  require(blocks.size() == step_times.size(), "{} step times for {} blocks", step_times.size(), blocks.size());
  const std::vector<double> lambdas = of_each(blocks, imbalance);
  const std::vector<double> bounds =
      of_each(blocks, [](const std::vector<Load>& each) { return split_bound(rows_of(each), speeds(each)); });
  std::vector<double> lost;
  for (const double lambda : lambdas) lost.push_back(lambda / (1 + lambda));
  std::vector<double> over_bound;
  for (std::size_t block = 0; block < bounds.size(); ++block)
    over_bound.push_back(step_times[block] / bounds[block] - 1);
  std::vector<Metric> metrics;
  const auto add = [&](std::string name, std::string unit, std::string definition, const std::vector<double>& values) {
    metrics.push_back(summarised({.name = std::move(name),
                                  .unit = std::move(unit),
                                  .better = Better::lower,
                                  .definition = std::move(definition)},
                                 values));
  };
  add("imbalance", "1", "max T/mean T - 1, T a rank's time in batch, forward, loss, backward and update", lambdas);
  add("lost_capacity", "1", "share of the devices' time lost to it, 1 - mean T/max T", lost);
  add("split_bound", "s", "max b/s over devices: b rows per step, s rows per second of forward and backward here",
      bounds);
  add("time_over_bound", "1", "step_time/split_bound - 1: what is not forward and backward of the last device",
      over_bound);
  add("imbalance_penalty", "1",
      "max(b/s)*sum s/B - 1: what this split takes longer than rows in proportion to the speeds",
      of_each(blocks, [](const std::vector<Load>& each) { return split_penalty(rows_of(each), speeds(each)); }));
  return metrics;
}

std::vector<Metric> utilisation_metrics(const std::vector<std::vector<std::size_t>>& splits) {
  double used = 0;
  double devices = 0;
  double rows = 0;
  double room = 0;
  for (const std::vector<std::size_t>& sizes : splits) {
    used += static_cast<double>(std::ranges::count_if(sizes, [](std::size_t size) { return size > 0; }));
    devices += static_cast<double>(sizes.size());
    rows += sum_of(doubles(sizes));
    room += static_cast<double>(sizes.size() * std::ranges::max(sizes));
  }
  require(room > 0, "the utilisation of splits without rows");
  return {{.name = "used_device_share",
           .unit = "1",
           .better = Better::higher,
           .value = used / devices,
           .definition = "devices with rows/N, mean over the steps",
           .untimed = true},
          {.name = "row_utilisation",
           .unit = "1",
           .better = Better::higher,
           .value = rows / room,
           .definition = "B/(N*max b): rows that are there of those there is time for, were all devices equally fast",
           .untimed = true}};
}

std::optional<std::size_t> straggler(const std::vector<Block>& blocks) {
  std::optional<std::size_t> slowest;
  for (const Block& block : blocks) {
    const std::vector<Load> each = loads({block});
    if (each.size() < 2) return std::nullopt;
    const std::size_t rank = longest_computing(each);
    if (slowest && *slowest != rank) return std::nullopt;
    slowest = rank;
  }
  return slowest;
}

std::string straggler_in_words(const std::vector<Block>& blocks) {
  const std::optional<std::size_t> slowest = straggler(blocks);
  if (!slowest) return "no rank computes longest in every block, so none is the straggler";
  const std::vector<double> computing = computing_of(loads(blocks));
  std::vector<double> waiting(computing.size());
  for (const RankWait& wait : waits_of(blocks).ranks) waiting[wait.rank] = wait.seconds;
  return fmt::format(
      "rank {} is the straggler: it computes for {} of a step, the others for {} on average; they wait "
      "{} in collectives, it {}",
      *slowest, format_duration(Seconds{computing[*slowest]}),
      format_duration(Seconds{mean_without(computing, *slowest)}),
      format_duration(Seconds{mean_without(waiting, *slowest)}), format_duration(Seconds{waiting[*slowest]}));
}

std::string split_in_words(const std::vector<Block>& blocks) {
  const std::vector<double> rows = rows_of(loads(blocks));
  const std::vector<double> measured = speeds(blocks);
  return fmt::format(
      "forward and backward of the last device take {}, {:.0f} % longer than with rows in proportion to "
      "the devices' speeds",
      format_duration(Seconds{split_bound(rows, measured)}), 100 * split_penalty(rows, measured));
}

Metric speed_split_gain(const PairedTimes& times) {
  return summarised({.name = "speed_split_gain",
                     .unit = "1",
                     .better = Better::higher,
                     .definition = "T_chunk/T_speed, paired blocks of the same devices"},
                    ratios(times));
}

double SeenSplit::bound() const { return split_bound(doubles(pieces), speeds); }

SpeedSplit find_split(std::size_t rows, std::size_t devices, const Look& look) {
  constexpr std::size_t most_looks = 5;
  std::vector<SeenSplit> seen;
  std::vector<std::size_t> next = sizes_of(chunk(rows, devices));
  while (seen.size() < most_looks && std::ranges::find(seen, next, &SeenSplit::pieces) == seen.end()) {
    seen.push_back({next, look(next)});
    next = sizes_of(quickest(seen.back().speeds)(rows, devices));
  }
  return {seen.front(), *std::ranges::min_element(seen, {}, &SeenSplit::bound)};
}

std::string speed_split_in_words(const SpeedSplit& split, const PairedTimes& times) {
  if (split.best.pieces == split.chunks.pieces)
    return fmt::format("no split is better than torch's {} at the speeds of these devices",
                       fmt::join(split.chunks.pieces, ":"));
  const std::vector<double> gains = ratios(times);
  const double gain = median(gains);
  const auto floor = noise_floor(times);
  const std::string splits =
      fmt::format("split {} instead of {}", fmt::join(split.best.pieces, ":"), fmt::join(split.chunks.pieces, ":"));
  const std::string bound = fmt::format("the bound says {:.0f} %", 100 * (split.predicted_gain() - 1));
  if (!floor)
    return fmt::format("{}: {} pairs of blocks are too few for a noise floor, so no gain is called one; {}", splits,
                       times.pairs(), bound);
  if (!is_effect(gain, median_interval(gains), *floor))
    return fmt::format("{} gains nothing above the noise floor of {:.1f} %; {}", splits, 100 * *floor, bound);
  return fmt::format("{} makes the step {:.0f} % {}; {}", splits, 100 * (gain > 1 ? gain - 1 : 1 / gain - 1),
                     gain > 1 ? "faster" : "slower", bound);
}

}  // namespace lockstep
