// Where the ranks of a group meet in shared memory: numbered operations, each with a common start and a common end.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "harness/device/collective.hpp"

namespace lockstep::cpu {

/// How a thread waits: it spins, then yields its core, then sleeps (waking a sleeper takes tens of microseconds).
struct Patience {
  int spins;
  int yields;
};

/// A call that peers may still read after its own rank has given up.
using SharedCall = std::shared_ptr<const CollectiveCall>;

class Meeting {
 public:
  explicit Meeting(int size);

  [[nodiscard]] int size() const { return size_; }

  /// Rank `rank` comes to operation `call->sequence` and waits until all have. Returns every rank's call, valid until
  /// `leave`. Throws CollectiveMismatch when the ranks do not mean the same operation, GroupAborted after abort.
  std::span<const SharedCall> arrive(int rank, const SharedCall& call, Patience patience);
  /// Waits until all ranks have come to the end of the operation: until then everybody's operands may be in use.
  void leave(int rank, std::uint64_t sequence, Patience patience);

  /// Wakes everyone; they and all later callers get GroupAborted. Also in subgroups.
  void abort();
  /// The rank comes to no further operation, here or in subgroups. Whoever waits for it gets CollectiveMismatch.
  void depart(int rank);
  /// Everyone is expected again. Nobody may be in an operation.
  void reopen();

  /// The meeting of ranks [0, count) that the `index`-th request of each rank of this group shares.
  std::shared_ptr<Meeting> subgroup(std::size_t index, int count);

 private:
  // One counter per cache line: they are written by every rank.
  struct alignas(64) Counter {
    std::atomic<std::uint64_t> value{0};
  };
  /// Operation k uses slot k % slots.size() for the (k / slots.size())-th time. The counters only grow, so a rank that
  /// is slow to see the end of one use is not disturbed by the next.
  struct Slot {
    Counter arrived;
    Counter left;
    std::vector<SharedCall> calls;
  };

  Slot& slot_of(std::uint64_t sequence) { return slots_[sequence % slots_.size()]; }
  std::uint64_t use_of(std::uint64_t sequence) const { return sequence / slots_.size(); }
  void count_up(Counter& counter);
  void wait_for(const Counter& counter, std::uint64_t target, const CollectiveCall& call, Patience patience);
  void throw_if_hopeless(const CollectiveCall& call) const;
  void check_same_operation(int rank, const Slot& slot) const;

  const int size_;
  std::array<Slot, 64> slots_;
  std::vector<Counter> arrivals_;         // operations each rank has come to
  std::atomic<bool> interrupted_{false};  // aborted, or somebody departed: look closer
  std::atomic<int> sleepers_{0};

  std::mutex mutex_;  // guards what follows, and sleeping
  std::condition_variable wake_;
  bool aborted_ = false;
  std::vector<bool> departed_;
  std::vector<std::shared_ptr<Meeting>> subgroups_;
};

}  // namespace lockstep::cpu
