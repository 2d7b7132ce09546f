// ncclSend and ncclRecv: the k-th send from one rank to another goes to the k-th receive there.
#pragma once

#include <nccl.h>

#include <cstddef>
#include <vector>

#include "tests/doubles/fakecuda/calls.hpp"

namespace fakecuda {

/// One rank's call.
struct TransferCall {
  enum class Kind { send, receive };

  Kind kind;
  void* buffer;  // only read by a send
  std::size_t count;
  ncclDataType_t type;
  int peer;
  ncclComm* comm;
  Stream* stream;
};

/// Queues the calls, as one operation for each communicator and stream among them: those of a group go on side by side.
void post(Call& call, const std::vector<TransferCall>& calls);

}  // namespace fakecuda
