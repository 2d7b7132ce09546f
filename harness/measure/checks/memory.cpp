#include "harness/measure/checks/memory.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

/// Counts values and keeps the largest difference, and where the first was.
struct Differences {
  std::uint64_t compared = 0;
  double worst = 0;
  std::string first;

  void compare(std::size_t device, std::string_view use, std::size_t predicted, std::size_t measured) {
    ++compared;
    if (predicted == measured) return;
    worst = std::max(worst, std::abs(static_cast<double>(measured) - static_cast<double>(predicted)));
    if (first.empty())
      first = fmt::format("; first: device {}, {}: {} bytes measured, {} predicted", device, use, measured, predicted);
  }
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t held(std::span<const MemoryAccount> accounts) {
  std::size_t bytes = 0;
  for (const MemoryAccount& account : accounts) bytes += account.total.current;
  return bytes;
}

}  // namespace

CheckResult check_memory_prediction(std::span<const MemoryComparison> trainings) {
  Differences differences;
  for (const MemoryComparison& training : trainings) {
    if (training.predicted.size() != training.measured.size())
      return failed(
          "memory_prediction", differences.compared,
          fmt::format("{} devices predicted, {} measured", training.predicted.size(), training.measured.size()));
    for (std::size_t device = 0; device < training.measured.size(); ++device) {
      const MemoryPeaks& predicted = training.predicted[device];
      const MemoryAccount& measured = training.measured[device];
      for (std::size_t use = 0; use < use_names.size(); ++use)
        differences.compare(device, use_names[use], predicted.by_use[use], measured.by_use[use].peak);
      differences.compare(device, "total", predicted.total, measured.total.peak);
    }
  }
  return judged("memory_prediction", differences.compared, differences.worst, 0,
                "bytes; the formulas count every buffer that a training needs" + differences.first);
}

CheckResult check_next_batch(std::span<const BatchTrial> trials, std::size_t largest, std::size_t granularity) {
  const std::string name = "next_batch_fails";
  const std::size_t next = largest + granularity;
  const auto trial = std::ranges::find(trials, next, &BatchTrial::batch);
  if (trial == trials.end()) return failed(name, 0, fmt::format("a batch of {} was not tried", next));
  if (trial->fits()) return failed(name, 1, fmt::format("a batch of {} fits", next));
  const Shortage& shortage = *trial->shortage;
  std::string missing;
  if (!contains(shortage.message, "device " + shortage.device)) missing += ", the device";
  if (!contains(shortage.message, "for " + shortage.use)) missing += ", the use";
  if (!contains(shortage.message, fmt::format("requested {}", format_bytes(shortage.requested))) ||
      shortage.requested <= shortage.free)
    missing += ", the request";
  const bool is_right = shortage.advised_batch >= largest && shortage.advised_batch < next;
  const bool is_said = shortage.advised_batch == 0 ||
                       contains(shortage.message, fmt::format("batch of {} fits", shortage.advised_batch));
  if (!is_right || !is_said) missing += ", what would fit";
  if (!missing.empty())
    return failed(name, 4, fmt::format("missing or wrong: {} in: {}", missing.substr(2), shortage.message));
  return judged(name, 4, 0, 0, fmt::format("a batch of {}: {}", next, shortage.message));
}

CheckResult check_advice(const BatchTrial& advised) {
  return judged("advice", 1, advised.fits() ? 0 : 1, 0,
                fmt::format("a batch of {} in {} micro-batches was tried, as advised{}", advised.batch,
                            advised.micro_batches, advised.fits() ? "" : ": " + advised.shortage->message));
}

CheckResult check_recovery(const Recovery& recovery) {
  const std::string name = "recovery";
  if (!recovery.ran_out) return failed(name, 0, "no device ran out of memory");
  const std::uint64_t compared = recovery.after_failure.size() + recovery.at_end.size() + recovery.losses.size();
  const std::size_t leaked = std::max(held(recovery.after_failure), held(recovery.at_end));
  if (leaked > 0) return failed(name, compared, fmt::format("{} bytes were not given back", leaked));
  const auto same_bits = [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  };
  if (recovery.losses.empty() || !std::ranges::equal(recovery.losses, recovery.fresh_losses, same_bits))
    return failed(name, compared, "the training after it has other losses than in a new world");
  return judged(
      name, compared, 0, 0,
      "after running out every account is 0 bytes, and a training on the same devices has the losses of one in "
      "a new world");
}

}  // namespace lockstep
