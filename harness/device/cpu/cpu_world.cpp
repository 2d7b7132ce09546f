#include "harness/device/cpu/cpu_world.hpp"

#include "harness/device/cpu/cpu_communicator.hpp"
#include "harness/device/cpu/topology.hpp"

namespace lockstep::cpu {

World open_world(const WorldOptions& options) {
  require(options.ranks >= 1, "a world of {} ranks", options.ranks);
  const std::vector<unsigned> cores = usable_cores();
  const bool has_core = static_cast<std::size_t>(options.ranks) <= cores.size();
  const auto meeting = std::make_shared<Meeting>(options.ranks);
  World world;
  world.opened = [meeting] { meeting->reopen(); };
  world.departed = [meeting](int rank) { meeting->depart(rank); };
  for (int index = 0; index < options.ranks; ++index) {
    // A side stream's failure must release the peers at once: the rank's own thread may be waiting for them.
    auto on_failure = [meeting, failure = world.failure, index](std::exception_ptr error) {
      failure->report(index, std::move(error));
      meeting->abort();
    };
    auto rank = std::make_unique<Rank>();
    rank->index = index;
    rank->device =
        std::make_unique<CpuDevice>(index, cores[(options.first_core + static_cast<std::size_t>(index)) % cores.size()],
                                    options.capacity, options.order, std::move(on_failure));
    rank->group = std::make_unique<CpuCommunicator>(index, meeting, has_core);
    world.ranks.push_back(std::move(rank));
  }
  return world;
}

}  // namespace lockstep::cpu
