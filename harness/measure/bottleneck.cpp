#include "harness/measure/bottleneck.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

using Cause = Bottleneck::Cause;

std::string milliseconds(double seconds) { return fmt::format("{:.3g} ms", 1e3 * seconds); }

/// One device's time in the phases that are serial for the candidate.
double serial_time(const WallTime& one_device, const WallTime& candidate) {
  double sum = 0;
  for (std::size_t phase = 0; phase < phase_names.size(); ++phase)
    if (candidate.is_serial[phase]) sum += one_device.by_phase[phase];
  return sum;
}

std::string in_serial_phases(const WallTime& candidate) {
  std::vector<std::string_view> names;
  for (std::size_t phase = 0; phase < phase_names.size(); ++phase)
    if (candidate.is_serial[phase]) names.push_back(phase_names[phase]);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The rank that the others wait for, unless none of them has two thirds of the blame.
std::string late_ranks(const WallTime& candidate) {
  const auto& blame = candidate.holding_up;
  const auto worst = std::ranges::max_element(blame);
  const double all = std::accumulate(blame.begin(), blame.end(), 0.0);
  if (worst == blame.end() || 3 * *worst < 2 * all) return "ranks that are late in turn";
  return fmt::format("rank {}, which the others wait for", worst - blame.begin());
}

std::string describe(Cause cause, const WallTime& candidate, std::size_t devices) {
  switch (cause) {
    case Cause::serial_part:
      return fmt::format("the serial part on device 0 ({})", in_serial_phases(candidate));
    case Cause::communication:
      return "communication that no computation hides";
    case Cause::straggler:
      return late_ranks(candidate);
    case Cause::small_batch:
      return fmt::format(
          "a batch too small for {} devices, or hardware that they share (computing a piece takes more "
          "than its share of one device's time)",
          devices);
    case Cause::shared_hardware:
      return "hardware that the devices share (computing the same batch takes longer than on one device alone)";
    case Cause::idle:
      return "time in which no device does anything";
    case Cause::nothing:
      break;
  }
  return "nothing";
}

}  // namespace

LostTime lost_time(const WallTime& candidate, const WallTime& one_device, const Scaling& scaling) {
  const double share = scaling.ideal_share();
  const double serial_of_one = serial_time(one_device, candidate);
  return {.step = candidate.step(),
          .ideal = share * one_device.step(),
          .serial = candidate.serial - share * serial_of_one,
          .communication = candidate.communicating - share * one_device.communicating,
          .straggler = candidate.computing - candidate.mean_computing(),
          .computation = candidate.mean_computing() - share * (one_device.mean_computing() - serial_of_one),
          .idle = candidate.idle - share * one_device.idle};
}

Bottleneck find_bottleneck(const WallTime& candidate, const WallTime& one_device, const Scaling& scaling,
                           double noise) {
  // An efficiency of 95 % leaves nothing worth looking for.
  constexpr double negligible_loss = 0.05;
  const LostTime lost = lost_time(candidate, one_device, scaling);
  const std::string comparison =
      fmt::format("a step of {} where {} would be ideal", milliseconds(lost.step), milliseconds(lost.ideal));
  if (lost.loss() <= negligible_loss * lost.step) return {Cause::nothing, "nothing limits it: " + comparison};
  if (lost.loss() <= noise * lost.step)
    return {Cause::nothing,
            fmt::format("what limits it is hidden by the noise of {:.0f} %: {}", 100 * noise, comparison)};
  struct Part {
    Cause cause;
    double seconds;
  };
  const std::array<Part, 5> parts{
      {{Cause::serial_part, lost.serial},
       {Cause::communication, lost.communication},
       {Cause::straggler, lost.straggler},
       {scaling.kind == Scaling::Kind::strong ? Cause::small_batch : Cause::shared_hardware, lost.computation},
       {Cause::idle, lost.idle}}};
  const Part& largest = *std::ranges::max_element(parts, {}, &Part::seconds);
  return {largest.cause, fmt::format("limited by {}: {} of the {} that a step of {} loses against {} ideal devices",
                                     describe(largest.cause, candidate, scaling.devices), milliseconds(largest.seconds),
                                     milliseconds(lost.loss()), milliseconds(lost.step), scaling.devices)};
}

}  // namespace lockstep
