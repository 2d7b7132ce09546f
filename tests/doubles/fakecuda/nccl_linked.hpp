// A communicator whose other ranks are in other processes: every rank's part of an operation goes to all, and each
// process does its own rank's share when it has all parts.
#pragma once

#include <nccl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/doubles/fakecuda/nccl_collective.hpp"
#include "tests/doubles/fakecuda/nccl_link.hpp"
#include "tests/doubles/fakecuda/nccl_transfer.hpp"

namespace fakecuda {

struct Linked {
  struct Part {
    std::string call;  // described
    std::vector<std::byte> bytes;
  };
  std::shared_ptr<Link> link;
  std::map<int, int> devices;  // of the ranks that have come, this one too
  std::map<int, std::string> gone;
  ncclResult_t error = ncclSuccess;                    // in making the communicator
  std::uint64_t seed = 1;                              // rank 0's: the order of sums is the same in all processes
  std::map<std::uint64_t, std::map<int, Part>> parts;  // of collectives, by their place in the order
  // Of sends and receives: (the other rank, the how manieth between the two).
  using Place = std::pair<int, std::uint64_t>;
  std::map<Place, Part> data;                    // has come
  std::map<Place, bool> room;                    // is there
  std::map<int, std::uint64_t> sends, receives;  // posted

  /// The ranks that have not come, or have gone with what became of them.
  [[nodiscard]] std::string missing(int size) const;
};

/// Comes to the meeting place of an id, where ranks of other processes are. The communicator is ready when all are.
ncclResult_t link_rank(Call& call, ncclComm& comm, const std::string& id);
ncclResult_t wait_for_linked_ranks(Call& call, const ncclComm& comm);

void post_linked(Call& call, const CollectiveCall& operation);
/// Transfers of one communicator and stream.
void post_linked(Call& call, const std::vector<TransferCall>& transfers);

/// The rank is gone: the others hear that it has aborted, or of nothing wrong. Waits until they can hear all it said.
void abort_linked(ncclComm& comm);
void say_goodbye(Call& call, ncclComm& comm);

}  // namespace fakecuda
