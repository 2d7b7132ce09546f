// ncclCommSplit: every rank of a communicator says a color, and ranks of one color get a communicator of their own.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"
#include "tests/doubles/fakecuda/nccl_group.hpp"

namespace fakecuda {

struct Split {
  struct Wish {
    int color;
    int key;
    ncclComm_t* made;
  };
  std::map<int, Wish> wishes;  // by old rank
  bool complete = false;
};

namespace {

void make_communicators(Nccl& nccl, const World& world, const Split& split) {
  std::map<int, std::vector<std::pair<int, int>>> members;  // key and old rank, by color
  for (const auto& [rank, wish] : split.wishes) {
    *wish.made = nullptr;
    if (wish.color != NCCL_SPLIT_NOCOLOR) members[wish.color].emplace_back(wish.key, rank);
  }
  for (auto& [color, order] : members) {
    std::sort(order.begin(), order.end());
    std::vector<ncclComm*> ranks;
    for (const auto& [key, old_rank] : order) {
      const int device = world.ranks[static_cast<std::size_t>(old_rank)]->device;
      ncclComm& comm = make_communicator(nccl, static_cast<int>(ranks.size()), static_cast<int>(order.size()), device);
      ranks.push_back(*split.wishes.at(old_rank).made = &comm);
    }
    make_world(nccl, ranks);
  }
}

std::string missing(const Split& split, int size) {
  std::string ranks;
  for (int rank = 0; rank < size; ++rank)
    if (!split.wishes.contains(rank)) ranks.append(" ").append(std::to_string(rank));
  return ranks;
}

ncclResult_t wait_for_ranks(Call& call, const std::shared_ptr<Split>& split, const ncclComm& comm) {
  const auto what = [&] {
    return std::string{call.function} + " on " + comm.describe() +
           " waits for all ranks; missing ranks:" + missing(*split, comm.size);
  };
  call.runtime.scheduler.wait(call.lock, what, [&] { return split->complete || comm.aborted; });
  return comm.aborted ? nccl_failure(ncclInternalError, "aborted while ranks were missing") : ncclSuccess;
}

ncclResult_t split_now(Call& call, ncclComm& comm, const Split::Wish& wish) {
  const std::uint64_t place = comm.splits++;
  std::shared_ptr<Split>& split = comm.world->splits[place];
  if (split == nullptr) split = std::make_shared<Split>();
  split->wishes[comm.rank] = wish;
  const std::shared_ptr<Split> mine = split;
  if (mine->wishes.size() == comm.world->ranks.size()) {
    make_communicators(*call.runtime.nccl, *comm.world, *mine);
    mine->complete = true;
    comm.world->splits.erase(place);
    call.runtime.scheduler.moved();
  }
  return meet(call, [mine, &comm](Call& later) { return wait_for_ranks(later, mine, comm); });
}

}  // namespace
}  // namespace fakecuda

using namespace fakecuda;

extern "C" ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t* made, ncclConfig_t* /*config*/) {
  Call call{"ncclCommSplit"};
  if (const int code = call.failure(ncclSystemError); code != 0)
    return failed_in_group(static_cast<ncclResult_t>(code));
  if (const ncclResult_t refused = check_for_use(call, comm); refused != ncclSuccess) return failed_in_group(refused);
  if (made == nullptr || (color < 0 && color != NCCL_SPLIT_NOCOLOR))
    return failed_in_group(nccl_failure(ncclInvalidArgument, "color"));
  if (comm->linked != nullptr) {
    report("not faked", "ncclCommSplit on a communicator with ranks in other processes");
    return failed_in_group(nccl_failure(ncclInvalidUsage, "not faked"));
  }
  return split_now(call, *comm, {color, key, made});
}
