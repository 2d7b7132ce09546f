#include "harness/device/world.hpp"

#include <thread>

namespace lockstep {
namespace {

bool is_group_aborted(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const GroupAborted&) {
    return true;
  } catch (...) {
    return false;
  }
}

LastCollectives last_collectives_of(const World& world) {
  LastCollectives last(static_cast<std::size_t>(world.size()));
  for (const auto& rank : world.ranks) last[static_cast<std::size_t>(rank->index)] = rank->group->last_collectives();
  return last;
}

[[noreturn]] void rethrow_with_place(const Rank& rank, const std::exception_ptr& error) {
  const std::string place = rank.step < 0
                                ? fmt::format("rank {} ({})", rank.index, rank.device->name())
                                : fmt::format("rank {} ({}), step {}", rank.index, rank.device->name(), rank.step);
  try {
    std::rethrow_exception(error);
  } catch (const OutOfMemory& cause) {
    throw RankOutOfMemory{rank.index, fmt::format("{}: {}", place, cause.what()), cause};
  } catch (const Error& cause) {
    throw RankError{cause.code(), rank.index, fmt::format("{}: {}", place, cause.what())};
  } catch (const std::bad_alloc&) {
    throw RankError{ExitCode::runtime, rank.index, fmt::format("{}: the host is out of memory", place)};
  } catch (const std::logic_error& cause) {
    throw RankError{ExitCode::internal, rank.index,
                    fmt::format("{}: {}; this is a bug in lockstep", place, cause.what())};
  } catch (const std::exception& cause) {
    throw RankError{ExitCode::runtime, rank.index, fmt::format("{}: {}", place, cause.what())};
  }
}

const Rank& rank_of(const World& world, int index) {
  return *world.ranks[static_cast<std::size_t>(index - world.ranks.front()->index)];
}

void run_rank(World& world, Rank& rank, const std::function<void(Rank&)>& work) {
  try {
    rank.device->attach_thread();
    work(rank);
    world.departed(rank.index);
  } catch (...) {
    world.failure->report(rank.index, std::current_exception());
    if (rank.group) rank.group->abort();
  }
}

}  // namespace

void FirstFailure::report(int rank, std::exception_ptr error) {
  const bool is_abort = is_group_aborted(error);
  const std::lock_guard lock{mutex_};
  if (failure_ && (is_abort || !only_an_abort_)) return;
  failure_ = Failure{rank, std::move(error)};
  only_an_abort_ = is_abort;
}

std::optional<FirstFailure::Failure> FirstFailure::get() const {
  const std::lock_guard lock{mutex_};
  return failure_;
}

void FirstFailure::clear() {
  const std::lock_guard lock{mutex_};
  failure_.reset();
  only_an_abort_ = false;
}

void recover(World& world) {
  std::vector<std::unique_ptr<Communicator>> ends = world.regroup();
  require(ends.size() == world.ranks.size(), "a new group of {} for {} ranks", ends.size(), world.ranks.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    world.ranks[i]->group = std::move(ends[i]);
    world.ranks[i]->step = -1;
  }
  world.failure->clear();
}

std::vector<MemoryAccount> accounts_of(const World& world) {
  std::vector<MemoryAccount> accounts;
  for (const auto& rank : world.ranks) accounts.push_back(rank->device->account());
  return accounts;
}

void on_every_rank(World& world, const std::function<void(Rank&)>& work) {
  world.opened();
  {
    std::vector<std::jthread> threads;
    try {
      for (const auto& rank : world.ranks)
        threads.emplace_back([&world, &work, &rank = *rank] { run_rank(world, rank, work); });
    } catch (...) {  // the ranks that run would wait for those that do not
      world.ranks[0]->group->abort();
      throw;
    }
  }
  const auto failure = world.failure->get();
  if (!failure) return;
  try {
    rethrow_with_place(rank_of(world, failure->rank), failure->error);
  } catch (RankError& error) {
    error.set_last_collectives(last_collectives_of(world));
    throw;
  }
}

}  // namespace lockstep
