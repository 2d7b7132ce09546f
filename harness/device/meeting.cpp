#include "harness/device/meeting.hpp"

#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>

#include "harness/device/communicator.hpp"

namespace lockstep {
namespace {

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

std::string describe(const CollectiveCall& call) {
  const std::string amount =
      call.counts.empty() ? fmt::format("{}", call.receive.count()) : fmt::format("{}", call.counts);
  return fmt::format("{} of {} {} with root {}", name_of(call.kind), amount, name_of(call.dtype()), call.root);
}

Offer offer_of(const CollectiveCall& call) {
  return {.kind = call.kind,
          .dtype = call.dtype(),
          .root = call.root,
          .count = call.receive.count(),
          .send = call.send.raw().data(),
          .receive = call.receive.raw().data()};
}

bool same_operation(const Place& a, const Place& b) {
  if (a.offer.kind != b.offer.kind || a.offer.root != b.offer.root || a.offer.dtype != b.offer.dtype) return false;
  // Scatter and gather agree on the counts of all pieces, the others on the number of elements.
  const bool has_pieces = a.offer.kind == Collective::scatter || a.offer.kind == Collective::gather;
  return has_pieces ? a.call->counts == b.call->counts : a.offer.count == b.offer.count;
}

void check_same_operation(std::span<const Place> places, std::size_t rank) {
  const Place& mine = places[rank];
  for (std::size_t other = 0; other < places.size(); ++other)
    if (!same_operation(mine, places[other]))
      throw CollectiveMismatch{fmt::format("collective #{}: rank {} calls {}, rank {} calls {}", mine.call->sequence,
                                           rank, describe(*mine.call), other, describe(*places[other].call))};
}

bool all_arrived(std::span<const Place> places, std::uint64_t uses) {
  return std::ranges::all_of(places, [&](const Place& place) { return place.arrived.load() >= uses; });
}

}  // namespace

Meeting::Meeting(int size, Seconds deadline)
    : size_{size}, deadline_{deadline}, departed_(static_cast<std::size_t>(size)) {
  for (Slot& slot : slots_) slot.places = std::vector<Place>(static_cast<std::size_t>(size));
}

std::span<const Place> Meeting::arrive(int rank, const SharedCall& call, Patience patience) {
  const auto index = static_cast<std::size_t>(rank);
  Slot& slot = slot_of(call->sequence);
  Place& mine = slot.places[index];
  const std::uint64_t use = use_of(call->sequence);
  // The slot's previous operation is over, also for a stream of this rank that is slow to see it.
  const auto is_free = [&] { return slot.left.load() >= use * ranks() && mine.cleared.load() >= use; };
  const auto is_complete = [&] { return all_arrived(slot.places, use + 1); };
  wait_until(is_free, slot, use, *call, patience);
  mine.call = call;
  mine.offer = offer_of(*call);
  mine.arrived.store(use + 1);
  if (is_complete()) wake_sleepers();
  wait_until(is_complete, slot, use + 1, *call, patience);
  check_same_operation(slot.places, index);
  return slot.places;
}

void Meeting::leave(int rank, std::uint64_t sequence, Patience patience) {
  Slot& slot = slot_of(sequence);
  Place& mine = slot.places[static_cast<std::size_t>(rank)];
  const std::uint64_t uses = use_of(sequence) + 1;
  const auto is_over = [&] { return slot.left.load() >= uses * ranks(); };
  slot.left.fetch_add(1);
  if (is_over()) wake_sleepers();
  wait_until(is_over, slot, uses, *mine.call, patience);
  mine.call.reset();
  mine.cleared.store(uses);
  wake_sleepers();
}

void Meeting::abort() {
  const std::lock_guard lock{mutex_};
  aborted_ = true;
  interrupted_.store(true);
  wake_.notify_all();
  for (const auto& subgroup : subgroups_)
    if (subgroup) subgroup->abort();
}

void Meeting::depart(int rank) {
  const std::lock_guard lock{mutex_};
  if (rank >= size_) return;
  departed_[static_cast<std::size_t>(rank)] = true;
  interrupted_.store(true);
  wake_.notify_all();
  for (const auto& subgroup : subgroups_)
    if (subgroup) subgroup->depart(rank);
}

void Meeting::reopen() {
  const std::lock_guard lock{mutex_};
  departed_.assign(departed_.size(), false);
  interrupted_.store(aborted_);
  for (const auto& subgroup : subgroups_)
    if (subgroup) subgroup->reopen();
}

std::shared_ptr<Meeting> Meeting::subgroup(std::size_t index, int count) {
  const std::lock_guard lock{mutex_};
  if (subgroups_.size() <= index) subgroups_.resize(index + 1);
  std::shared_ptr<Meeting>& subgroup = subgroups_[index];
  if (!subgroup) {
    subgroup = std::make_shared<Meeting>(count, deadline_);
    if (aborted_) subgroup->abort();
    for (int rank = 0; rank < size_; ++rank)
      if (departed_[static_cast<std::size_t>(rank)]) subgroup->depart(rank);
  }
  if (subgroup->size() != count)
    throw CollectiveMismatch{
        fmt::format("subgroup #{} has {} ranks for one rank and {} for another", index, subgroup->size(), count)};
  return subgroup;
}

void Meeting::wake_sleepers() {
  if (sleepers_.load() == 0) return;
  { const std::lock_guard lock{mutex_}; }  // a sleeper has either seen that it may go on or waits by now
  wake_.notify_all();
}

template <typename Reached>
void Meeting::wait_until(const Reached& reached, const Slot& slot, std::uint64_t uses, const CollectiveCall& call,
                         Patience patience) {
  const auto done = [&] { return reached() || interrupted_.load(std::memory_order_relaxed); };
  for (int spin = 0; spin < patience.spins && !done(); ++spin) pause_core();
  for (int yield = 0; yield < patience.yields && !done(); ++yield) ::sched_yield();
  if (reached()) return;

  std::unique_lock lock{mutex_};
  sleepers_.fetch_add(1);
  const auto awake = std::shared_ptr<void>{nullptr, [this](void*) { sleepers_.fetch_sub(1); }};
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(deadline_);
  while (!reached()) {
    throw_if_hopeless(slot, uses, call);
    if (deadline_ == Seconds{0})
      wake_.wait(lock);
    else if (wake_.wait_until(lock, end) == std::cv_status::timeout && !reached())
      throw_late(slot, uses, call);
  }
}

void Meeting::throw_if_hopeless(const Slot& slot, std::uint64_t uses, const CollectiveCall& call) const {
  if (aborted_) throw GroupAborted{"the group was aborted because another rank failed"};
  std::vector<std::size_t> missing;
  for (std::size_t rank = 0; rank < departed_.size(); ++rank)
    if (departed_[rank] && slot.places[rank].arrived.load() < uses) missing.push_back(rank);
  if (!missing.empty())
    throw CollectiveMismatch{fmt::format("collective #{} ({}) cannot be completed: rank {} finished without it",
                                         call.sequence, describe(call), fmt::join(missing, ", "))};
}

void Meeting::throw_late(const Slot& slot, std::uint64_t uses, const CollectiveCall& call) const {
  std::vector<std::size_t> missing;
  for (std::size_t rank = 0; rank < slot.places.size(); ++rank)
    if (slot.places[rank].arrived.load() < uses) missing.push_back(rank);
  throw CollectiveLate{fmt::format("collective #{} ({}) is late: waited {} for rank {}", call.sequence, describe(call),
                                   format_duration(deadline_), fmt::join(missing, ", "))};
}

}  // namespace lockstep
