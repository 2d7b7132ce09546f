// The textbook ring all-reduce in shared memory, to compare with.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace lockstep {

/// n ranks, each with a buffer cut into n chunks. In n-1 steps every rank adds a chunk of its left neighbour to its
/// own, in n-1 more it copies a finished one (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters
/// of workstations", 2009). A rank waits for its left neighbour only: all others are behind or level by construction.
class Ring {
 public:
  /// `may_spin`: every rank has a core of its own.
  Ring(int ranks, std::size_t count, bool may_spin)
      : count_{count}, may_spin_{may_spin}, members_(static_cast<std::size_t>(ranks)) {}

  /// Every rank, before the first all_reduce of any.
  void join(int rank, float* values) { members_[static_cast<std::size_t>(rank)].values = values; }

  void all_reduce(int rank) {
    const std::size_t ranks = members_.size();
    const auto index = static_cast<std::size_t>(rank);
    Member& mine = members_[index];
    const Member& left = members_[(index + ranks - 1) % ranks];
    const Member& right = members_[(index + 1) % ranks];
    const std::uint64_t before = mine.steps.load(std::memory_order_relaxed);
    for (std::size_t step = 0; step < 2 * (ranks - 1); ++step) {
      wait_for(left, before + step);
      const std::size_t chunk = (index + 2 * ranks - 1 - step) % ranks;
      const std::size_t begin = count_ * chunk / ranks;
      const std::size_t size = count_ * (chunk + 1) / ranks - begin;
      if (step < ranks - 1)
        add(mine.values + begin, left.values + begin, size);
      else
        std::memcpy(mine.values + begin, left.values + begin, size * sizeof(float));
      mine.steps.store(before + step + 1, std::memory_order_release);
    }
    wait_for(right, before + 2 * (ranks - 1));  // it has read all it needs of this rank
  }

 private:
  struct alignas(64) Member {
    float* values = nullptr;
    std::atomic<std::uint64_t> steps{0};
  };

  static void add(float* sums, const float* values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += values[i];
  }

  void wait_for(const Member& member, std::uint64_t steps) const {
    for (int spins = 0; member.steps.load(std::memory_order_acquire) < steps; ++spins)
      if (!may_spin_ || spins > 10'000) ::sched_yield();
  }

  std::size_t count_;
  bool may_spin_;
  std::vector<Member> members_;
};

}  // namespace lockstep
