#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/measure/checks/timing.hpp"

namespace lockstep {
namespace {

/// A number that cannot be is an error of measurement, not of what was computed.
CheckResult invalid_beyond(CheckResult result) {
  if (result.verdict == Verdict::fail && result.compared > 0) result.verdict = Verdict::invalid;
  return result;
}

/// The longest that a lane of one rank says it was busy, as a share of the block's time on the host.
double busy_share(const Block& block) {
  double longest = 0;
  for (const RankTimes& rank : block.ranks) {
    std::array<double, 2> busy{};
    for (const TimedSpan& span : rank.spans)
      if (span.phase != Phase::wait) busy[span.lane == Lane::compute ? 0 : 1] += span.end - span.begin;
    longest = std::max({longest, busy[0], busy[1]});
  }
  return longest / block.host_seconds;
}

std::size_t largest_batch(const std::vector<Block>& blocks) {
  std::size_t largest = 0;
  for (const Block& block : blocks) largest = std::max(largest, block.batch);
  return largest;
}

}  // namespace

CheckResult check_efficiency(const Interval& efficiency, std::size_t pairs, std::optional<double> noise_floor) {
  constexpr std::string_view name = "plausibility:efficiency";
  if (efficiency.low > 1 && !noise_floor)
    return {.name = std::string{name},
            .verdict = Verdict::inconclusive,
            .compared = pairs,
            .worst = efficiency.low,
            .because = "above 1, and too few blocks to know how much of that is noise"};
  return invalid_beyond(
      judged(std::string{name}, pairs, efficiency.low, 1 + 3 * noise_floor.value_or(0),
             fmt::format("low end of the efficiency's interval; above 1 by more than three times the noise floor "
                         "({:.1f} %) it is no speed-up but an error of measurement",
                         100 * noise_floor.value_or(0))));
}

CheckResult check_wall_time(const std::vector<Block>& blocks) {
  double worst = 0;
  for (const Block& block : blocks) {
    const double share = busy_share(block);
    if (!(share <= worst)) worst = share;
    if (std::isnan(worst)) break;
  }
  return invalid_beyond(judged("plausibility:wall_time", blocks.size(), worst, 1.005,
                               "what a rank computed and communicated by the device's clock, as a share of the "
                               "block's time by the host's; 0.5 % for two clocks"));
}

CheckResult check_batch(const Scaling& scaling, const std::vector<Block>& candidate,
                        const std::vector<Block>& baseline) {
  const std::size_t factor = scaling.kind == Scaling::Kind::weak ? scaling.devices : 1;
  const auto wanted = static_cast<double>(factor * largest_batch(baseline));
  const auto found = static_cast<double>(largest_batch(candidate));
  return invalid_beyond(judged(
      "plausibility:batch", candidate.size() + baseline.size(), std::fabs(found - wanted), 0,
      fmt::format("{} samples in a step, {} of them on each device, against {} on one device", largest_batch(candidate),
                  largest_batch(candidate) / scaling.devices, largest_batch(baseline))));
}

CheckResult check_arithmetic(const Arithmetic& arithmetic, double step_time, std::size_t devices) {
  // The clock of a busy core may rise above what it was while the products were measured.
  constexpr double allowance = 1.25;
  return invalid_beyond(
      judged("plausibility:arithmetic", 1, *utilisation(arithmetic, {step_time}, devices).value, allowance,
             fmt::format("arithmetic of a step as a share of {} times {:.3g} GFLOP/s, the best of one core's matrix "
                         "products; a quarter for changes of the clock",
                         devices, arithmetic.product_rate.value() / 1e9)));
}

}  // namespace lockstep
