// Communicators and what they are made of. Everything needs the lock.
#pragma once

#include <nccl.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/doubles/fakecuda/stream.hpp"

namespace fakecuda {
struct Collective;
struct Linked;
struct Lobby;
struct Split;
struct Transfer;
struct World;
}  // namespace fakecuda

/// One rank's end of a group.
struct ncclComm {
  std::shared_ptr<fakecuda::World> world;    // null until all ranks have come
  std::shared_ptr<fakecuda::Lobby> lobby;    // where it waits for them
  std::shared_ptr<fakecuda::Linked> linked;  // not null when they are in other processes
  int number = 0;                            // of the communicator, the same on all ranks
  int rank = 0;
  int size = 0;
  int device = 0;
  bool blocking = true;
  bool settling = false;  // not blocking, and its last call is still in progress
  bool alive = true;
  bool finalized = false;
  bool aborted = false;
  ncclResult_t async_error = ncclSuccess;
  std::uint64_t collectives = 0;            // posted
  std::uint64_t finished = 0;               // of these
  std::uint64_t splits = 0;                 // posted
  int grouped_by = 0;                       // the thread whose open group holds an operation of it; 0: none
  int driven_by = 0;                        // the thread that posted its last operation; 0: none
  std::vector<fakecuda::Point> unfinished;  // of operations; some may be done

  [[nodiscard]] std::string describe() const;
};

namespace fakecuda {

struct World {
  std::vector<ncclComm*> ranks;
  std::map<std::uint64_t, std::shared_ptr<Collective>> collectives;  // not finished, by their place in the order
  std::map<std::uint64_t, std::shared_ptr<Split>> splits;
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Transfer>>>
      transfers;  // not matched, by sender and receiver

  /// Every rank will hear of it from ncclCommGetAsyncError.
  void fail(ncclResult_t error);
};

/// All communicators of the process.
struct Nccl {
  std::vector<std::unique_ptr<ncclComm>> communicators;   // never freed, so that a stale handle is recognised
  std::map<std::string, std::shared_ptr<Lobby>> lobbies;  // by unique id
  int groups = 0;                                         // numbers given to communicators
  std::uint64_t ids = 0;
};

ncclComm& make_communicator(Nccl& nccl, int rank, int size, int device);
/// Joins communicators, in rank order, into one group.
void make_world(Nccl& nccl, const std::vector<ncclComm*>& ranks);

}  // namespace fakecuda
