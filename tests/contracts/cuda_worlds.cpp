// Ranks with a GPU each, by NCCL and by our own collectives, and ranks that share one.
#include "harness/device/cuda/cuda_world.hpp"
#include "tests/contracts/worlds.hpp"

namespace lockstep {
namespace {

WorldCase cuda_case(const std::string& kind, const cuda::WorldOptions& options) {
  return {.name = fmt::format("{}_ranks_{}", options.ranks, kind),
          .ranks = options.ranks,
          .make = [=](std::size_t capacity, Seconds deadline) {
            cuda::WorldOptions limited = options;
            limited.capacity = capacity;
            limited.deadline = deadline;
            return cuda::open_world(limited);
          }};
}

}  // namespace

std::vector<WorldCase> all_worlds() {
  std::vector<WorldCase> worlds;
  for (const int ranks : {1, 2, 3, 4, 8}) {
    worlds.push_back(cuda_case("nccl", {.ranks = ranks, .collectives = cuda::Collectives::nccl}));
    worlds.push_back(cuda_case("local", {.ranks = ranks, .collectives = cuda::Collectives::local}));
    worlds.push_back(cuda_case("sharing_a_gpu", {.ranks = ranks,
                                                 .device_map = std::vector(static_cast<std::size_t>(ranks), 0),
                                                 .collectives = cuda::Collectives::local}));
  }
  return worlds;
}

}  // namespace lockstep
