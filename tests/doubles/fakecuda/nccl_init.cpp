// Communicators: made.
#include <cstdio>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"
#include "tests/doubles/fakecuda/nccl_group.hpp"
#include "tests/doubles/fakecuda/nccl_linked.hpp"
#include "tests/doubles/fakecuda/nccl_lobby.hpp"

using namespace fakecuda;

namespace {

/// Its other ranks may be anywhere.
ncclResult_t init_linked_rank(Call& call, ncclComm_t* made, int size, const std::string& id, int rank, bool blocking) {
  ncclComm& comm = make_communicator(*call.runtime.nccl, rank, size, this_thread().device);
  comm.blocking = blocking;
  if (const ncclResult_t linked = link_rank(call, comm, id); linked != ncclSuccess) return failed_in_group(linked);
  *made = &comm;
  if (!blocking) return ncclInProgress;
  return meet(call, [&comm](Call& later) { return wait_for_linked_ranks(later, comm); });
}

ncclResult_t init_rank(Call& call, ncclComm_t* made, int size, const ncclUniqueId& id, int rank, bool blocking) {
  if (made == nullptr || size < 1 || rank < 0 || rank >= size)
    return failed_in_group(nccl_failure(ncclInvalidArgument, "rank or number of ranks"));
  Nccl& nccl = *call.runtime.nccl;
  const std::string name{id.internal, strnlen(id.internal, sizeof id.internal)};
  if (call.runtime.settings.processes) return init_linked_rank(call, made, size, name, rank, blocking);
  if (const std::string own = "fakecuda " + std::to_string(getpid()) + " "; !name.starts_with(own)) {
    report("foreign id",
           std::string{call.function} + " with the id of another process, and without FAKECUDA_PROCESSES=1");
    return failed_in_group(nccl_failure(ncclInvalidUsage, "id of another process"));
  }
  std::shared_ptr<Lobby>& lobby = nccl.lobbies[std::string{id.internal, sizeof id.internal}];
  if (lobby == nullptr) {
    lobby = std::make_shared<Lobby>();
    lobby->size = size;
  }
  if (lobby->size != size || lobby->arrived.contains(rank)) {
    report("mismatch", std::string{call.function} + " of rank " + std::to_string(rank) + " of " + std::to_string(size) +
                           (lobby->size != size ? ", but others say of " + std::to_string(lobby->size)
                                                : ", which is there already"));
    return failed_in_group(nccl_failure(ncclInvalidArgument, "ranks do not fit together"));
  }
  ncclComm& comm = make_communicator(nccl, rank, size, this_thread().device);
  comm.blocking = blocking;
  *made = &comm;
  const std::shared_ptr<Lobby> meeting_place = lobby;
  arrive(nccl, meeting_place, comm);
  call.runtime.scheduler.moved();
  if (!blocking) return ncclInProgress;
  return meet(call, [meeting_place, &comm](Call& later) { return wait_for_ranks(later, meeting_place, comm); });
}

/// Injected, or that the fake has no devices.
ncclResult_t refusal(const Call& call) {
  if (const int code = call.failure(ncclSystemError); code != 0)
    return failed_in_group(nccl_failure(static_cast<ncclResult_t>(code), "injected"));
  if (call.runtime.devices.empty()) return failed_in_group(nccl_failure(ncclUnhandledCudaError, "no device"));
  return ncclSuccess;
}

bool is_blocking(const ncclConfig_t* config) { return config == nullptr || config->blocking != 0; }

}  // namespace

extern "C" {

ncclResult_t ncclGetVersion(int* version) {
  const Call call{"ncclGetVersion"};
  if (const int code = call.failure(ncclSystemError); code != 0) return static_cast<ncclResult_t>(code);
  *version = NCCL_VERSION_CODE;
  return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const Call call{"ncclGetUniqueId"};
  if (const int code = call.failure(ncclSystemError); code != 0) return static_cast<ncclResult_t>(code);
  *id = {};
  const auto number = static_cast<unsigned long long>(++call.runtime.nccl->ids);
  // A process that ends may be followed by one of the same number.
  const unsigned random = call.runtime.settings.processes ? std::random_device{}() : 0;
  std::snprintf(id->internal, sizeof id->internal, "fakecuda %ld %llu %x", static_cast<long>(getpid()), number, random);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* made, int size, ncclUniqueId id, int rank) {
  Call call{"ncclCommInitRank"};
  if (const ncclResult_t refused = refusal(call); refused != ncclSuccess) return refused;
  return init_rank(call, made, size, id, rank, true);
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* made, int size, ncclUniqueId id, int rank, ncclConfig_t* config) {
  Call call{"ncclCommInitRankConfig"};
  if (const ncclResult_t refused = refusal(call); refused != ncclSuccess) return refused;
  return init_rank(call, made, size, id, rank, is_blocking(config));
}

ncclResult_t ncclCommInitAll(ncclComm_t* made, int size, const int* devices) {
  Call call{"ncclCommInitAll"};
  if (const ncclResult_t refused = refusal(call); refused != ncclSuccess) return refused;
  if (made == nullptr || size < 1) return failed_in_group(nccl_failure(ncclInvalidArgument, "number of devices"));
  std::set<int> seen;
  std::vector<int> chosen;
  for (int rank = 0; rank < size; ++rank) {
    const int device = devices == nullptr ? rank : devices[rank];
    if (device < 0 || device >= call.runtime.settings.devices)
      return failed_in_group(nccl_failure(ncclInvalidArgument, "no such device"));
    if (!seen.insert(device).second) return failed_in_group(nccl_failure(ncclInvalidUsage, "duplicate device"));
    chosen.push_back(device);
  }
  std::vector<ncclComm*> ranks;
  for (int rank = 0; rank < size; ++rank)
    ranks.push_back(made[rank] =
                        &make_communicator(*call.runtime.nccl, rank, size, chosen[static_cast<std::size_t>(rank)]));
  make_world(*call.runtime.nccl, ranks);
  return ncclSuccess;
}
}
