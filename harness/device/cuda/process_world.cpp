#include "harness/device/cuda/process_world.hpp"

#include "harness/device/cuda/cuda_device.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "harness/device/cuda/gpus.hpp"
#include "harness/device/cuda/nccl_processes.hpp"

namespace lockstep::cuda {
namespace {

/// Not asked for by a group whose ranks do not meet on the host.
constexpr Patience none{.spins = 0, .yields = 0};

}  // namespace

World open_process_world(const ProcessOptions& options) {
  const Rendezvous& rendezvous = options.rendezvous;
  if (options.deadline <= Seconds{0} || rendezvous.deadline <= Seconds{0})
    throw UsageError{"ranks in several processes need a deadline: nothing else ends the wait for one that has stopped"};
  if (options.gpu < 0) throw UsageError{fmt::format("{} is no GPU", options.gpu)};
  require_gpus({options.gpu});
  const auto context = std::make_shared<Context>(
      options.gpu, ContextOptions{.tf32 = options.tf32, .graphs = true, .deadline = options.deadline});
  const auto make_end = [context, rendezvous] {
    std::vector<std::unique_ptr<Communicator>> ends;
    ends.push_back(std::make_unique<NcclCommunicator>(rendezvous.rank,
                                                      std::make_shared<NcclProcesses>(context, rendezvous), none));
    return ends;
  };
  World world;
  world.tier = tier_of({.ranks = rendezvous.ranks, .collectives = Collectives::nccl});
  world.group_size = rendezvous.ranks;
  world.regroup = make_end;
  auto rank = std::make_unique<Rank>();
  rank->index = rendezvous.rank;
  rank->group = std::move(make_end().front());
  rank->device = std::make_unique<CudaDevice>(
      context, options.capacity > 0 ? options.capacity : share_of_free_memory(options.gpu, 1));
  world.ranks.push_back(std::move(rank));
  return world;
}

}  // namespace lockstep::cuda
