// The last collectives of a rank: what one looks at when ranks wait for each other.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "harness/device/collective.hpp"
#include "harness/device/event.hpp"

namespace lockstep {

/// A ring of the last operations. Written by the rank's thread; read while that thread is in none.
class CollectiveLog {
 public:
  void enter(const CollectiveCall& call, std::size_t bytes, int ranks);
  /// Of the operation that was entered last: it is done when `done` is reached.
  void note_done_at(Event done);
  /// Its call has returned.
  void leave();

  /// Oldest first.
  [[nodiscard]] std::vector<CollectiveRecord> last() const;

 private:
  struct Entry {
    CollectiveRecord record;
    std::optional<Event> done;
  };
  std::array<Entry, 16> ring_;
  std::size_t entered_ = 0;
};

}  // namespace lockstep
