// What follows from the options alone, in every build.
#include <fmt/ranges.h>

#include <set>

#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/device/cuda/cuda_world.hpp"

namespace lockstep::cuda {
namespace {

bool shares_gpus(const std::vector<int>& device_map) {
  return std::set<int>{device_map.begin(), device_map.end()}.size() < device_map.size();
}

}  // namespace

Collectives collectives_of(const WorldOptions& options) {
  require(options.ranks >= 1, "a world of {} ranks", options.ranks);
  const std::vector<int>& map = options.device_map;
  if (!map.empty() && map.size() != static_cast<std::size_t>(options.ranks))
    throw UsageError{fmt::format("device_map {} names GPUs for {} of {} ranks", map, map.size(), options.ranks)};
  for (const int gpu : map)
    if (gpu < 0) throw UsageError{fmt::format("device_map {}: {} is no GPU", map, gpu)};
  const bool shared = shares_gpus(map);
  if (shared && options.collectives == Collectives::nccl)
    throw UsageError{
        fmt::format("device_map {} gives a GPU to several ranks, which NCCL refuses; use collectives \"local\"", map)};
  if (options.collectives != Collectives::automatic) return options.collectives;
  return shared ? Collectives::local : Collectives::nccl;
}

bool launches_graphs(const WorldOptions& options) { return options.graphs && !shares_gpus(options.device_map); }

std::string_view tier_of(const WorldOptions& options) {
  const Collectives collectives = collectives_of(options);
  if (is_emulated()) return "emulated";
  return collectives == Collectives::local ? "cuda-local" : "cuda-nccl";
}

}  // namespace lockstep::cuda
