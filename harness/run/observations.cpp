#include "harness/run/observations.hpp"

#include <algorithm>

namespace lockstep {

std::vector<MemoryUse> memory_of(const World& world) { return memory_of(accounts_of(world), {}); }

std::vector<MemoryUse> memory_of(std::span<const MemoryAccount> accounts, std::span<const MemoryPeaks> predicted) {
  std::vector<MemoryUse> uses;
  for (std::size_t device = 0; device < accounts.size(); ++device) {
    const MemoryAccount& account = accounts[device];
    std::optional<MemoryPeaks> prediction;
    if (device < predicted.size()) prediction = predicted[device];
    for (std::size_t use = 0; use < use_names.size(); ++use) {
      const Usage& usage = account.by_use[use];
      const auto expected = prediction ? std::optional{prediction->by_use[use]} : std::nullopt;
      if (usage.peak > 0 || expected.value_or(0) > 0)
        uses.push_back({device, use_names[use], usage.peak, usage.current, expected});
    }
    const auto expected = prediction ? std::optional{prediction->total} : std::nullopt;
    uses.push_back({device, "total", account.total.peak, account.total.current, expected});
  }
  return uses;
}

std::vector<std::vector<std::size_t>> pieces_of(const Recording& recording) {
  std::vector<std::vector<std::size_t>> splits;
  for (const StepRecord& step : recording.steps) {
    std::vector<std::size_t> sizes;
    for (std::size_t rank = 0; rank < step.ranks.size(); ++rank) sizes.push_back(step.rows_of(rank));
    if (std::ranges::find(splits, sizes) == splits.end()) splits.push_back(std::move(sizes));
  }
  return splits;
}

std::vector<TrafficPerStep> traffic_of(const Recording& recording) {
  Traffic traffic;
  for (const StepRecord& step : recording.steps)
    for (const CapturedCall& call : step.ranks[0].calls) {
      Traffic::Entry& entry = traffic.of(call.kind);
      entry.calls += 1;
      entry.bytes += call.bytes;
    }
  return traffic_of(traffic, recording.steps.size());
}

std::vector<TrafficPerStep> traffic_of(const Traffic& traffic, std::size_t steps) {
  std::vector<TrafficPerStep> result;
  const auto per_step = [steps](std::uint64_t sum) { return static_cast<double>(sum) / static_cast<double>(steps); };
  for (std::size_t kind = 0; kind < collective_names.size(); ++kind)
    if (const Traffic::Entry& entry = traffic.by_kind[kind]; entry.calls > 0)
      result.push_back({collective_names[kind], per_step(entry.calls), per_step(entry.bytes)});
  return result;
}

}  // namespace lockstep
