#include "tests/doubles/fakecuda/nccl_lobby.hpp"

#include <set>
#include <vector>

#include "tests/doubles/fakecuda/nccl_call.hpp"

namespace fakecuda {

std::string Lobby::missing() const {
  std::string ranks;
  for (int rank = 0; rank < size; ++rank)
    if (!arrived.contains(rank)) ranks.append(" ").append(std::to_string(rank));
  return ranks;
}

void arrive(Nccl& nccl, const std::shared_ptr<Lobby>& lobby, ncclComm& comm) {
  comm.lobby = lobby;
  lobby->arrived[comm.rank] = &comm;
  if (lobby->arrived.size() != static_cast<std::size_t>(lobby->size)) return;
  lobby->complete = true;
  std::vector<ncclComm*> ranks;
  std::set<int> devices;
  for (const auto& [rank, member] : lobby->arrived) {
    ranks.push_back(member);
    devices.insert(member->device);
  }
  if (devices.size() == ranks.size()) {
    make_world(nccl, ranks);
    return;
  }
  lobby->error = ncclInvalidUsage;  // "Duplicate GPU detected"
  for (ncclComm* member : ranks) member->alive = false;
}

ncclResult_t wait_for_ranks(Call& call, const std::shared_ptr<Lobby>& lobby, const ncclComm& comm) {
  const auto what = [&] {
    return std::string{call.function} + " of rank " + std::to_string(comm.rank) + " of " + std::to_string(comm.size) +
           " waits for all ranks; missing ranks:" + lobby->missing();
  };
  call.runtime.scheduler.wait(call.lock, what, [&] { return lobby->complete || comm.aborted; });
  if (comm.aborted) return nccl_failure(ncclInternalError, "aborted while ranks were missing");
  return lobby->error == ncclSuccess ? ncclSuccess : nccl_failure(lobby->error, "two ranks use the same device");
}

}  // namespace fakecuda
