#include "tests/doubles/fakecuda/nccl_group.hpp"

#include <algorithm>
#include <utility>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"

namespace fakecuda {
namespace {

/// The thread drives this rank from now on; outside a group it must not drive another one of the same group too.
void note_driver(const Call& call, ncclComm& comm, bool in_group) {
  const int thread = this_thread().number;
  comm.driven_by = thread;
  if (in_group) return;
  for (const ncclComm* other : comm.world->ranks)
    if (other != &comm && other->driven_by == thread)
      report("missing group", std::string{call.function} + " for rank " + std::to_string(comm.rank) +
                                  " outside of ncclGroupStart/ncclGroupEnd, by a thread that also drives rank " +
                                  std::to_string(other->rank));
}

void leave(Group& group) {
  for (const CollectiveCall& operation : group.collectives) operation.comm->grouped_by = 0;
  for (const TransferCall& operation : group.transfers) operation.comm->grouped_by = 0;
  group = {};
}

/// What a call that has done its work says: on a communicator that does not block perhaps that it is in progress.
ncclResult_t settled(Call& call, ncclComm& comm) {
  if (!comm.blocking) comm.settling = call.runtime.scheduler.random()() % 2 == 0;
  return comm.settling ? ncclInProgress : ncclSuccess;
}

/// Meetings first: the operations may be on communicators that they make.
ncclResult_t end_group(Call& call, Group& group) {
  for (const auto& meeting : group.meetings)
    if (const ncclResult_t met = meeting(call); met != ncclSuccess && met != ncclInProgress) return met;
  if (group.error != ncclSuccess) return group.error;
  for (const CollectiveCall& operation : group.collectives)
    if (!operation.comm->aborted) post(call, operation);
  std::vector<TransferCall> transfers = group.transfers;
  std::erase_if(transfers, [](const TransferCall& operation) { return operation.comm->aborted; });
  post(call, transfers);
  ncclResult_t result = ncclSuccess;
  const auto settle = [&](const auto& operation) {
    if (settled(call, *operation.comm) == ncclInProgress) result = ncclInProgress;
  };
  std::for_each(group.collectives.begin(), group.collectives.end(), settle);
  std::for_each(group.transfers.begin(), group.transfers.end(), settle);
  return result;
}

}  // namespace

Group& this_group() {
  thread_local Group group;
  return group;
}

ncclResult_t submit(Call& call, const CollectiveCall& operation) {
  Group& group = this_group();
  note_driver(call, *operation.comm, group.depth != 0);
  if (group.depth == 0) {
    post(call, operation);
    return settled(call, *operation.comm);
  }
  operation.comm->grouped_by = this_thread().number;
  group.collectives.push_back(operation);
  return ncclSuccess;
}

ncclResult_t submit(Call& call, const TransferCall& operation) {
  Group& group = this_group();
  note_driver(call, *operation.comm, group.depth != 0);
  if (group.depth == 0) {
    post(call, std::vector{operation});
    return settled(call, *operation.comm);
  }
  operation.comm->grouped_by = this_thread().number;
  group.transfers.push_back(operation);
  return ncclSuccess;
}

ncclResult_t meet(Call& call, std::function<ncclResult_t(Call&)> meeting) {
  if (this_group().depth == 0) return meeting(call);
  this_group().meetings.push_back(std::move(meeting));
  return ncclSuccess;
}

ncclResult_t failed_in_group(ncclResult_t code) {
  Group& group = this_group();
  if (group.depth != 0 && group.error == ncclSuccess) group.error = code;
  return code;
}

bool group_holds_work_for(const Stream& stream) {
  const Group& group = this_group();
  const auto is_on = [&](const auto& operation) { return operation.stream == &stream; };
  return std::any_of(group.collectives.begin(), group.collectives.end(), is_on) ||
         std::any_of(group.transfers.begin(), group.transfers.end(), is_on);
}

}  // namespace fakecuda

using namespace fakecuda;

extern "C" {

ncclResult_t ncclGroupStart() {
  const Call call{"ncclGroupStart"};
  if (const int code = call.failure(ncclSystemError); code != 0) return static_cast<ncclResult_t>(code);
  ++this_group().depth;
  return ncclSuccess;
}

ncclResult_t ncclGroupEnd() {
  Call call{"ncclGroupEnd"};
  Group& group = this_group();
  if (group.depth == 0) {
    report("group", "ncclGroupEnd without ncclGroupStart");
    return ncclInvalidUsage;
  }
  if (--group.depth != 0) return ncclSuccess;
  const int code = call.failure(ncclSystemError);
  const ncclResult_t result = code != 0 ? static_cast<ncclResult_t>(code) : end_group(call, group);
  leave(group);
  return result;
}
}
