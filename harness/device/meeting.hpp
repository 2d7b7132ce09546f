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

namespace lockstep {

/// How a thread waits: it spins, then yields its core, then sleeps (waking a sleeper takes tens of microseconds).
struct Patience {
  int spins;
  int yields;
};

/// A call that peers may still read after its own rank has given up.
using SharedCall = std::shared_ptr<const CollectiveCall>;

/// What a rank's peers need of its call, small enough to travel between cores with its arrival.
struct Offer {
  Collective kind = Collective::barrier;
  DType dtype = DType::f32;
  int root = 0;
  std::size_t count = 0;  // elements of `receive`
  std::byte* send = nullptr;
  std::byte* receive = nullptr;
};

/// A rank's place in an operation. Only that rank writes it; what peers wait for and then read is one cache line.
struct Place {
  alignas(64) std::atomic<std::uint64_t> arrived{0};  // at so many operations of its slot
  Offer offer;
  alignas(64) SharedCall call;            // keeps the operands alive
  std::atomic<std::uint64_t> cleared{0};  // of so many operations of its slot the call is gone
};

class Meeting {
 public:
  /// Whoever waits longer than `deadline` for the others gets CollectiveLate; 0: for ever.
  explicit Meeting(int size, Seconds deadline = Seconds{0});

  [[nodiscard]] int size() const { return size_; }

  /// Rank `rank` comes to operation `call->sequence` and waits until all have. Returns every rank's place, valid until
  /// `leave`. Throws CollectiveMismatch when the ranks do not mean the same operation, GroupAborted after abort.
  std::span<const Place> arrive(int rank, const SharedCall& call, Patience patience);
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
  /// Operation k uses slot k % slots.size() for the (k / slots.size())-th time: operations on several streams are under
  /// way at the same time. The counts only grow, so a rank that is slow to see the end of one use is not disturbed by
  /// the next.
  struct Slot {
    std::vector<Place> places;
    alignas(64) std::atomic<std::uint64_t> left{0};  // ranks, over all uses
  };

  Slot& slot_of(std::uint64_t sequence) { return slots_[sequence % slots_.size()]; }
  std::uint64_t use_of(std::uint64_t sequence) const { return sequence / slots_.size(); }
  std::uint64_t ranks() const { return static_cast<std::uint64_t>(size_); }
  /// Waits for `reached()`, which gets true when all ranks have come to the slot for the `uses`-th time or left it.
  template <typename Reached>
  void wait_until(const Reached& reached, const Slot& slot, std::uint64_t uses, const CollectiveCall& call,
                  Patience patience);
  /// By the rank that was the last to make something true. Sequentially consistent like a sleeper's look at it after it
  /// has counted itself: one sees the other.
  void wake_sleepers();
  void throw_if_hopeless(const Slot& slot, std::uint64_t uses, const CollectiveCall& call) const;
  [[noreturn]] void throw_late(const Slot& slot, std::uint64_t uses, const CollectiveCall& call) const;

  const int size_;
  const Seconds deadline_;
  std::array<Slot, 16> slots_;
  std::atomic<bool> interrupted_{false};  // aborted, or somebody departed: look closer
  std::atomic<int> sleepers_{0};

  std::mutex mutex_;  // guards what follows, and sleeping
  std::condition_variable wake_;
  bool aborted_ = false;
  std::vector<bool> departed_;
  std::vector<std::shared_ptr<Meeting>> subgroups_;
};

}  // namespace lockstep
