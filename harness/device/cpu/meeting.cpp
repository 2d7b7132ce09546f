#include "harness/device/cpu/meeting.hpp"

#include <fmt/ranges.h>
#include <sched.h>

#include "harness/device/communicator.hpp"

namespace lockstep::cpu {
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

bool same_operation(const CollectiveCall& a, const CollectiveCall& b) {
  // Scatter and gather agree on the counts of all pieces, the others on the number of elements.
  const bool same_size = a.counts.empty() ? a.receive.count() == b.receive.count() : a.counts == b.counts;
  return a.kind == b.kind && a.root == b.root && a.dtype() == b.dtype() && same_size;
}

}  // namespace

Meeting::Meeting(int size)
    : size_{size}, arrivals_(static_cast<std::size_t>(size)), departed_(static_cast<std::size_t>(size)) {
  for (Slot& slot : slots_) slot.calls.resize(static_cast<std::size_t>(size));
}

std::span<const SharedCall> Meeting::arrive(int rank, const SharedCall& call, Patience patience) {
  const auto ranks = static_cast<std::uint64_t>(size_);
  const auto index = static_cast<std::size_t>(rank);
  Slot& slot = slot_of(call->sequence);
  const std::uint64_t use = use_of(call->sequence);
  wait_for(slot.left, use * ranks, *call, patience);  // the slot's previous operation is over
  slot.calls[index] = call;
  arrivals_[index].value.fetch_add(1, std::memory_order_relaxed);
  count_up(slot.arrived);
  wait_for(slot.arrived, (use + 1) * ranks, *call, patience);
  check_same_operation(rank, slot);
  return slot.calls;
}

void Meeting::leave(int rank, std::uint64_t sequence, Patience patience) {
  Slot& slot = slot_of(sequence);
  SharedCall& mine = slot.calls[static_cast<std::size_t>(rank)];
  count_up(slot.left);
  wait_for(slot.left, (use_of(sequence) + 1) * static_cast<std::uint64_t>(size_), *mine, patience);
  mine.reset();
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
    subgroup = std::make_shared<Meeting>(count);
    if (aborted_) subgroup->abort();
    for (int rank = 0; rank < size_; ++rank)
      if (departed_[static_cast<std::size_t>(rank)]) subgroup->depart(rank);
  }
  if (subgroup->size() != count)
    throw CollectiveMismatch{
        fmt::format("subgroup #{} has {} ranks for one rank and {} for another", index, subgroup->size(), count)};
  return subgroup;
}

void Meeting::count_up(Counter& counter) {
  counter.value.fetch_add(1);
  if (sleepers_.load() == 0) return;
  { const std::lock_guard lock{mutex_}; }  // a sleeper has either seen the new value or waits by now
  wake_.notify_all();
}

void Meeting::wait_for(const Counter& counter, std::uint64_t target, const CollectiveCall& call, Patience patience) {
  const auto reached = [&] { return counter.value.load(std::memory_order_acquire) >= target; };
  const auto done = [&] { return reached() || interrupted_.load(std::memory_order_relaxed); };
  for (int spin = 0; spin < patience.spins && !done(); ++spin) pause_core();
  for (int yield = 0; yield < patience.yields && !done(); ++yield) ::sched_yield();
  if (reached()) return;

  std::unique_lock lock{mutex_};
  sleepers_.fetch_add(1);
  const auto awake = std::shared_ptr<void>{nullptr, [this](void*) { sleepers_.fetch_sub(1); }};
  while (counter.value.load() < target) {
    throw_if_hopeless(call);
    wake_.wait(lock);
  }
}

void Meeting::throw_if_hopeless(const CollectiveCall& call) const {
  if (aborted_) throw GroupAborted{"the group was aborted because another rank failed"};
  std::vector<std::size_t> missing;
  for (std::size_t rank = 0; rank < departed_.size(); ++rank)
    if (departed_[rank] && arrivals_[rank].value.load() <= call.sequence) missing.push_back(rank);
  if (!missing.empty())
    throw CollectiveMismatch{fmt::format("collective #{} ({}) cannot be completed: rank {} finished without it",
                                         call.sequence, describe(call), fmt::join(missing, ", "))};
}

void Meeting::check_same_operation(int rank, const Slot& slot) const {
  const CollectiveCall& mine = *slot.calls[static_cast<std::size_t>(rank)];
  for (std::size_t other = 0; other < slot.calls.size(); ++other) {
    const CollectiveCall& theirs = *slot.calls[other];
    if (!same_operation(mine, theirs))
      throw CollectiveMismatch{fmt::format("collective #{}: rank {} calls {}, rank {} calls {}", mine.sequence, rank,
                                           describe(mine), other, describe(theirs))};
  }
}

}  // namespace lockstep::cpu
