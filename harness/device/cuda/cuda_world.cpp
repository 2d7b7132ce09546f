#include "harness/device/cuda/cuda_world.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

#include "harness/device/cuda/cuda_device.hpp"
#include "harness/device/cuda/gpus.hpp"
#include "harness/device/cuda/local_communicator.hpp"
#include "harness/device/cuda/nccl_communicator.hpp"

namespace lockstep::cuda {
namespace {

using Contexts = std::vector<std::shared_ptr<Context>>;
using Ends = std::vector<std::unique_ptr<Communicator>>;

std::vector<int> gpus_of(const WorldOptions& options) {
  if (!options.device_map.empty()) return options.device_map;
  std::vector<int> gpus(static_cast<std::size_t>(options.ranks));
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

/// Kernels of each GPU may read and write the others' memory.
void enable_peer_access(const std::vector<int>& gpus) {
  for (const int gpu : gpus)
    for (const int peer : gpus) {
      if (gpu == peer) continue;
      int can = 0;
      check(cudaDeviceCanAccessPeer(&can, gpu, peer), "cudaDeviceCanAccessPeer", gpu);
      if (can == 0)
        throw EnvironmentError{
            fmt::format("collectives \"local\": GPU {} cannot access the memory of GPU {}; use \"nccl\"", gpu, peer)};
      const CurrentDevice current{gpu};
      const cudaError_t status = cudaDeviceEnablePeerAccess(peer, 0);
      if (status == cudaErrorPeerAccessAlreadyEnabled)
        (void)cudaGetLastError();
      else
        check(status, "cudaDeviceEnablePeerAccess", gpu);
    }
}

std::size_t sharers(const std::vector<int>& gpus, int gpu) {
  return static_cast<std::size_t>(std::ranges::count(gpus, gpu));
}

Patience patience_for(int ranks) {
  const bool has_cores = static_cast<unsigned>(ranks) <= std::thread::hardware_concurrency();
  return {.spins = has_cores ? 1000 : 0, .yields = 100};
}

/// The group that a world has now; the world's hooks share it.
class Group {
 public:
  Group(Contexts contexts, Seconds deadline) : contexts_{std::move(contexts)}, deadline_{deadline} {}
  virtual ~Group() = default;
  virtual Ends make_ends() = 0;  // of a new group
  Meeting& meeting() { return *meeting_; }

 protected:
  [[nodiscard]] int size() const { return static_cast<int>(contexts_.size()); }

  Contexts contexts_;
  Seconds deadline_;
  std::shared_ptr<Meeting> meeting_;
};

class Local : public Group {
 public:
  using Group::Group;
  Ends make_ends() override {
    meeting_ = std::make_shared<Meeting>(size(), deadline_);
    const auto group = std::make_shared<LocalGroup>(meeting_, contexts_);
    Ends ends;
    for (int rank = 0; rank < size(); ++rank)
      ends.push_back(std::make_unique<LocalCommunicator>(rank, group, patience_for(size())));
    return ends;
  }
};

class Nccl : public Group {
 public:
  using Group::Group;
  Ends make_ends() override {
    meeting_ = std::make_shared<Meeting>(size(), deadline_);
    const auto group = std::make_shared<NcclThreads>(meeting_, contexts_);
    Ends ends;
    for (int rank = 0; rank < size(); ++rank)
      ends.push_back(std::make_unique<NcclCommunicator>(rank, group, patience_for(size())));
    return ends;
  }
};

std::shared_ptr<Group> make_group(Collectives collectives, Contexts contexts, Seconds deadline) {
  if (collectives == Collectives::local) return std::make_shared<Local>(std::move(contexts), deadline);
  return std::make_shared<Nccl>(std::move(contexts), deadline);
}

}  // namespace

World open_world(const WorldOptions& options) {
  const Collectives collectives = collectives_of(options);
  const std::vector<int> gpus = gpus_of(options);
  require_gpus(gpus);
  if (collectives == Collectives::local) enable_peer_access(gpus);
  Contexts contexts;
  for (const int gpu : gpus)
    contexts.push_back(std::make_shared<Context>(gpu, ContextOptions{.tf32 = options.tf32,
                                                                     .graphs = launches_graphs(options),
                                                                     .is_shared = std::ranges::count(gpus, gpu) > 1,
                                                                     .deadline = options.deadline}));
  const std::shared_ptr<Group> group = make_group(collectives, contexts, options.deadline);
  World world;
  world.tier = tier_of(options);
  world.opened = [group] { group->meeting().reopen(); };
  world.departed = [group](int rank) { group->meeting().depart(rank); };
  world.regroup = [group] { return group->make_ends(); };
  Ends ends = group->make_ends();
  for (int index = 0; index < options.ranks; ++index) {
    const auto place = static_cast<std::size_t>(index);
    auto rank = std::make_unique<Rank>();
    rank->index = index;
    rank->device = std::make_unique<CudaDevice>(
        contexts[place],
        options.capacity > 0 ? options.capacity : share_of_free_memory(gpus[place], sharers(gpus, gpus[place])));
    rank->group = std::move(ends[place]);
    world.ranks.push_back(std::move(rank));
  }
  return world;
}

}  // namespace lockstep::cuda
