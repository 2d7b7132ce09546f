#include "harness/run/families/memory_findings.hpp"

#include <algorithm>

#include "harness/base/units.hpp"
#include "harness/measure/statistics.hpp"

namespace lockstep {
namespace {

/// Of the devices other than device 0.
double median_of_others(std::span<const MemoryAccount> accounts, const auto& peak_of) {
  std::vector<double> peaks;
  for (const MemoryAccount& account : accounts.subspan(1)) peaks.push_back(static_cast<double>(peak_of(account)));
  return median(std::move(peaks));
}

double total_peak(const MemoryAccount& account) { return static_cast<double>(account.total.peak); }

}  // namespace

std::optional<double> device0_ratio(std::span<const MemoryAccount> accounts) {
  if (accounts.size() < 2) return std::nullopt;
  return total_peak(accounts[0]) / median_of_others(accounts, total_peak);
}

std::string describe_device0(std::span<const MemoryAccount> accounts) {
  const double ratio = device0_ratio(accounts).value_or(1);
  if (ratio == 1) return "Every device takes the same memory.";
  std::size_t largest_use = 0;
  double largest_excess = 0;
  for (std::size_t use = 0; use < use_names.size(); ++use) {
    const auto peak_of = [use](const MemoryAccount& account) { return account.by_use[use].peak; };
    const double excess = static_cast<double>(peak_of(accounts[0])) - median_of_others(accounts, peak_of);
    if (excess <= largest_excess) continue;
    largest_excess = excess;
    largest_use = use;
  }
  const std::string times = fmt::format("Device 0 takes {:.2f} times the memory of the others", ratio);
  if (largest_excess == 0) return times + ".";
  return fmt::format("{}, most of the difference for {}: {} more.", times, use_names[largest_use],
                     format_bytes(static_cast<std::size_t>(largest_excess)));
}

std::string describe_largest(const LargestBatch& largest, const MemoryAdvice& advice) {
  if (largest.batch == 0) {
    std::string text = describe(advice);
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text + ".";
  }
  if (largest.batch == largest.most)
    return fmt::format("All {} samples fit into one batch: the data, not the memory is the limit.", largest.most);
  std::string text =
      fmt::format("The largest global batch in {} per device is {}", format_bytes(advice.capacity), largest.batch);
  if (advice.devices > 1)
    text += fmt::format(" ({} per device)", (largest.batch + advice.devices - 1) / advice.devices);
  return fmt::format("{}; {} leaves a tenth of it as a reserve.", text, largest.safe());
}

std::string describe_wanted(const LargestBatch& largest, const MemoryAdvice& advice,
                            const std::optional<BatchTrial>& advised) {
  if (advice.wanted <= largest.batch) return fmt::format("The wanted batch of {} fits.", advice.wanted);
  const std::string misfit = fmt::format("The wanted batch of {} does not fit", advice.wanted);
  if (!advised) return fmt::format("{}, whatever the number of micro-batches.", misfit);
  return fmt::format("{}; with train.micro_batches = {} it {}.", misfit, advised->micro_batches,
                     advised->fits() ? "does, as a trial confirmed" : "should, but a trial failed");
}

}  // namespace lockstep
