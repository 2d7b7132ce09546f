#include "harness/device/cpu/cpu_world.hpp"

#include "harness/device/cpu/cpu_communicator.hpp"
#include "harness/device/cpu/topology.hpp"

namespace lockstep::cpu {
namespace {

/// The group that a world has now; devices and the world's hooks share it.
struct Group {
  Group(int size, Seconds deadline, bool has_cores)
      : meeting{std::make_shared<Meeting>(size, deadline)}, deadline_{deadline}, has_cores_{has_cores} {}

  std::vector<std::unique_ptr<Communicator>> ends() const {
    std::vector<std::unique_ptr<Communicator>> result;
    for (int rank = 0; rank < meeting->size(); ++rank)
      result.push_back(std::make_unique<CpuCommunicator>(rank, meeting, has_cores_));
    return result;
  }
  void renew() { meeting = std::make_shared<Meeting>(meeting->size(), deadline_); }

  std::shared_ptr<Meeting> meeting;

 private:
  Seconds deadline_;
  bool has_cores_;  // each rank one of its own
};

}  // namespace

World open_world(const WorldOptions& options) {
  require(options.ranks >= 1, "a world of {} ranks", options.ranks);
  const std::vector<unsigned> cores = usable_cores();
  const bool has_core = static_cast<std::size_t>(options.ranks) <= cores.size();
  const auto group = std::make_shared<Group>(options.ranks, options.deadline, has_core);
  World world;
  world.opened = [group] { group->meeting->reopen(); };
  world.departed = [group](int rank) { group->meeting->depart(rank); };
  world.regroup = [group] {
    group->renew();
    return group->ends();
  };
  std::vector<std::unique_ptr<Communicator>> ends = group->ends();
  for (int index = 0; index < options.ranks; ++index) {
    // A side stream's failure must release the peers at once: the rank's own thread may be waiting for them.
    auto on_failure = [group, failure = world.failure, index](std::exception_ptr error) {
      failure->report(index, std::move(error));
      group->meeting->abort();
    };
    auto rank = std::make_unique<Rank>();
    rank->index = index;
    rank->device =
        std::make_unique<CpuDevice>(index, cores[(options.first_core + static_cast<std::size_t>(index)) % cores.size()],
                                    options.capacity, options.order, std::move(on_failure));
    rank->group = std::move(ends[static_cast<std::size_t>(index)]);
    world.ranks.push_back(std::move(rank));
  }
  return world;
}

}  // namespace lockstep::cpu
