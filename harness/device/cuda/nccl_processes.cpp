#include "harness/device/cuda/nccl_processes.hpp"

#include <cstring>

namespace lockstep::cuda {
namespace {

ncclUniqueId agree_on_id(const Rendezvous& rendezvous, int device) {
  ncclUniqueId id = {};
  if (rendezvous.rank == 0) check(ncclGetUniqueId(&id), "ncclGetUniqueId", device);
  const auto own = std::as_bytes(std::span{id.internal});
  SystemFiles files;
  const std::vector<std::byte> agreed = meet(files, rendezvous, {own.begin(), own.end()});
  if (agreed.size() != sizeof id)
    throw InputError{
        fmt::format("{}: {} bytes instead of a unique id of NCCL", rendezvous.file.string(), agreed.size())};
  std::memcpy(&id, agreed.data(), sizeof id);
  return id;
}

std::shared_ptr<NcclEnd> connect(const Context& context, const Rendezvous& rendezvous,
                                 const std::shared_ptr<std::atomic<bool>>& is_aborted) {
  const ncclUniqueId id = agree_on_id(rendezvous, context.device());
  const CurrentDevice current{context.device()};
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;  // a process that waits inside of NCCL cannot give up
  ncclComm_t made = nullptr;
  const ncclResult_t status = ncclCommInitRankConfig(&made, rendezvous.ranks, id, rendezvous.rank, &config);
  if (status != ncclInProgress) check(status, "ncclCommInitRankConfig", context.device());
  auto end = std::make_shared<NcclEnd>(made, context, is_aborted, NcclEnd::Calls::return_at_once);
  end->finish(ncclInProgress, "ncclCommInitRankConfig");
  return end;
}

}  // namespace

NcclProcesses::NcclProcesses(std::shared_ptr<Context> context, const Rendezvous& rendezvous)
    : context_{std::move(context)}, ranks_{rendezvous.ranks}, end_{connect(*context_, rendezvous, is_aborted_)} {}

std::shared_ptr<NcclGroup> NcclProcesses::subgroup(std::size_t, int count) {
  throw UsageError{fmt::format("a group of {} of {} ranks in several processes is not made", count, ranks_)};
}

}  // namespace lockstep::cuda
