// Which rank's thread is asking: lets a function that all ranks share behave differently on one of them.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace lockstep {

class RankOfThread {
 public:
  /// The calling thread is `rank`'s.
  void note(int rank) {
    const std::lock_guard lock{mutex_};
    ranks_[std::this_thread::get_id()] = rank;
  }
  /// The calling thread's rank; not set on a thread that is no rank's.
  [[nodiscard]] std::optional<int> get() const {
    const std::lock_guard lock{mutex_};
    const auto found = ranks_.find(std::this_thread::get_id());
    return found == ranks_.end() ? std::nullopt : std::optional{found->second};
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::thread::id, int> ranks_;
};

}  // namespace lockstep
