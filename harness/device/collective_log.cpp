#include "harness/device/collective_log.hpp"

#include <algorithm>

namespace lockstep {

void CollectiveLog::enter(const CollectiveCall& call, std::size_t bytes, int ranks) {
  ring_[entered_++ % ring_.size()] = {
      {.sequence = call.sequence, .kind = call.kind, .bytes = bytes, .root = call.root, .ranks = ranks}, std::nullopt};
}

void CollectiveLog::note_done_at(Event done) { ring_[(entered_ - 1) % ring_.size()].done = std::move(done); }

void CollectiveLog::leave() { ring_[(entered_ - 1) % ring_.size()].record.state = CollectiveRecord::State::queued; }

std::vector<CollectiveRecord> CollectiveLog::last() const {
  std::vector<CollectiveRecord> records;
  for (std::size_t i = entered_ - std::min(entered_, ring_.size()); i < entered_; ++i) {
    const Entry& entry = ring_[i % ring_.size()];
    CollectiveRecord record = entry.record;
    if (entry.done && entry.done->state().is_reached()) record.state = CollectiveRecord::State::done;
    records.push_back(record);
  }
  return records;
}

}  // namespace lockstep
