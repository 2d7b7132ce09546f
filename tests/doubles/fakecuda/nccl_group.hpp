// ncclGroupStart … ncclGroupEnd: what is called between reaches streams and other ranks at the outermost end.
#pragma once

#include <nccl.h>

#include <functional>
#include <vector>

#include "tests/doubles/fakecuda/calls.hpp"
#include "tests/doubles/fakecuda/nccl_collective.hpp"
#include "tests/doubles/fakecuda/nccl_transfer.hpp"

namespace fakecuda {

/// The calling thread's open group.
struct Group {
  int depth = 0;
  ncclResult_t error = ncclSuccess;  // the first of a call inside
  std::vector<CollectiveCall> collectives;
  std::vector<TransferCall> transfers;
  /// Waits for other ranks to make or split communicators.
  std::vector<std::function<ncclResult_t(Call&)>> meetings;
};
Group& this_group();  // thread-local

/// Does one call now, or at the end of the open group.
ncclResult_t submit(Call& call, const CollectiveCall& operation);
ncclResult_t submit(Call& call, const TransferCall& operation);
ncclResult_t meet(Call& call, std::function<ncclResult_t(Call&)> meeting);

/// A call inside a group that failed makes the group fail.
ncclResult_t failed_in_group(ncclResult_t code);

/// Whether the calling thread's open group will queue something on the stream.
bool group_holds_work_for(const Stream& stream);

}  // namespace fakecuda
