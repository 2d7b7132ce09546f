// Vector clocks: which work is known to have happened before which.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fakecuda {

/// For each actor, how much of its work has happened before. Entries not mentioned are 0.
class VectorClock {
 public:
  [[nodiscard]] std::uint32_t at(std::uint32_t actor) const { return actor < entries_.size() ? entries_[actor] : 0; }

  void tick(std::uint32_t actor) {
    if (actor >= entries_.size()) entries_.resize(std::size_t{actor} + 1);
    ++entries_[actor];
  }

  void join(const VectorClock& other) {
    if (entries_.size() < other.entries_.size()) entries_.resize(other.entries_.size());
    for (std::size_t i = 0; i < other.entries_.size(); ++i) entries_[i] = std::max(entries_[i], other.entries_[i]);
  }

 private:
  std::vector<std::uint32_t> entries_;
};

/// What does work in an order of its own: a stream, or the host, or a thread of it.
struct Actor {
  std::uint32_t id = 0;
  bool is_stream = false;
  std::uint32_t moment = 0;  // its latest in the shadow, of a host
  std::string name;
  VectorClock clock;
};

}  // namespace fakecuda
