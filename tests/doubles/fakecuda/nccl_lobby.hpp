// Where the ranks of a new communicator meet.
#pragma once

#include <nccl.h>

#include <map>
#include <memory>
#include <string>

#include "tests/doubles/fakecuda/calls.hpp"
#include "tests/doubles/fakecuda/nccl_world.hpp"

namespace fakecuda {

struct Lobby {
  int size = 0;
  std::map<int, ncclComm*> arrived;  // by rank
  bool complete = false;
  ncclResult_t error = ncclSuccess;  // for everybody, once complete

  [[nodiscard]] std::string missing() const;
};

/// The rank comes in; the last one makes the communicator.
void arrive(Nccl& nccl, const std::shared_ptr<Lobby>& lobby, ncclComm& comm);

/// Waits for the other ranks.
ncclResult_t wait_for_ranks(Call& call, const std::shared_ptr<Lobby>& lobby, const ncclComm& comm);

}  // namespace fakecuda
