// N ranks as N values, each on its own thread: all of them in this process, or one of them while the others are in
// processes of their own (cuda/process_world.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/device/communicator.hpp"
#include "harness/device/device.hpp"

namespace lockstep {

/// What one rank's thread works with.
struct Rank {
  int index = 0;
  std::unique_ptr<Device> device;
  std::unique_ptr<Communicator> group;
  std::int64_t step = -1;  // where the rank is, for error messages; set by the training loop
};

/// The first failure of a world, whoever reports it and wherever it happened.
class FirstFailure {
 public:
  /// Keeps `error` unless there is one already. A GroupAborted only tells of another's failure and gives way to it.
  void report(int rank, std::exception_ptr error);
  struct Failure {
    int rank;
    std::exception_ptr error;
  };
  [[nodiscard]] std::optional<Failure> get() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;
  bool only_an_abort_ = false;
};

struct World {
  std::string_view tier = "cpu";  // on what results from it were made; harness/README.md
  std::shared_ptr<FirstFailure> failure = std::make_shared<FirstFailure>();
  std::vector<std::unique_ptr<Rank>> ranks;  // those of this process, in rank order
  int group_size = 0;                        // ranks in all processes; 0: all are here
  /// Called before the ranks' threads start.
  std::function<void()> opened = [] {};
  /// Called when a rank's function has returned, so that peers still waiting for it are told instead of waiting on.
  std::function<void(int rank)> departed = [](int) {};
  /// A new group's ends, of the ranks that are here, instead of the one that failed.
  std::function<std::vector<std::unique_ptr<Communicator>>()> regroup = [] {
    return std::vector<std::unique_ptr<Communicator>>{};
  };

  /// Of all processes.
  [[nodiscard]] int size() const { return group_size > 0 ? group_size : static_cast<int>(ranks.size()); }
};

/// The last collectives of every rank, in rank order; of ranks in other processes none.
using LastCollectives = std::vector<std::vector<CollectiveRecord>>;

/// A rank's failure with its rank, device and step in front of the message. Exit code of the original error.
class RankError : public Error {
 public:
  RankError(ExitCode code, int rank, const std::string& message) : Error{code, message}, rank_{rank} {}
  [[nodiscard]] int rank() const { return rank_; }
  /// When it happened.
  [[nodiscard]] const LastCollectives& last_collectives() const { return last_collectives_; }
  void set_last_collectives(LastCollectives last) { last_collectives_ = std::move(last); }

 private:
  int rank_;
  LastCollectives last_collectives_;
};

/// A device ran out of memory; what it was asked for is in `cause`.
class RankOutOfMemory : public RankError {
 public:
  RankOutOfMemory(int rank, const std::string& message, OutOfMemory cause)
      : RankError{cause.code(), rank, message}, cause_{std::move(cause)} {}
  [[nodiscard]] const OutOfMemory& cause() const { return cause_; }

 private:
  OutOfMemory cause_;
};

/// Runs `work` once per rank that is here, each on its own thread attached to its device, and waits for all of them. If
/// a rank throws, its group is aborted, all ranks are joined and the first error is thrown as RankError
/// (RankOutOfMemory when it was OutOfMemory); the world is then of no use until `recover`.
void on_every_rank(World& world, const std::function<void(Rank&)>& work);

/// Makes a world in which a rank failed usable again: the same devices with a new group. The streams of the failed work
/// must be gone. The old group goes, and with it the operands of operations that did not end: what the devices then
/// still hold is the caller's.
void recover(World& world);

/// Every device's account, in rank order.
std::vector<MemoryAccount> accounts_of(const World& world);

/// The same as on_every_rank, with the results in rank order, of the ranks that are here.
template <typename Result>
std::vector<Result> results_of_every_rank(World& world, const std::function<Result(Rank&)>& work) {
  std::vector<std::optional<Result>> slots(world.ranks.size());
  const int first = world.ranks.front()->index;
  on_every_rank(world, [&](Rank& rank) { slots[static_cast<std::size_t>(rank.index - first)] = work(rank); });
  std::vector<Result> results;
  for (std::optional<Result>& slot : slots) results.push_back(std::move(*slot));
  return results;
}

}  // namespace lockstep
