#include "tests/doubles/fakecuda/shadow.hpp"

#include <algorithm>
#include <cstring>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/memory.hpp"

namespace fakecuda {

/// The access that is being checked.
struct Shadow::Now {
  const Allocation& allocation;
  const Executing& by;
  Access kind;
  bool poison;
  std::uint32_t moment;
  bool in_kernel;
  std::uint32_t thread;
  std::uint32_t phase;
  std::uint32_t warp_phase;
  // The last moment that was found to come before; the next cell's is often the same.
  mutable std::uint32_t ordered = 0;
};

namespace {

constexpr std::uint32_t whole_cell = 0xF;
constexpr std::uint32_t threads_per_block = 1024;
constexpr std::uint32_t threads_per_warp = 32;
// As many as a Touch has room for.
constexpr std::uint32_t phases = 1U << 12U;
constexpr std::uint32_t warp_phases = 1U << 10U;

/// The mask of bytes [first, last) of a cell, both counted from its start.
std::uint32_t mask_of(std::size_t first, std::size_t last) {
  return ((1U << last) - 1U) & ~((1U << first) - 1U) & whole_cell;
}

const char* name_of(Access kind) { return kind == Access::read ? "read" : "write"; }

}  // namespace

std::uint32_t Shadow::intern(const std::string& name) {
  const auto [found, is_new] = name_numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(name);
  return found->second;
}

std::uint32_t Shadow::moment(const Actor& actor, const std::string& name) {
  if (actor_names_.size() <= actor.id) actor_names_.resize(std::size_t{actor.id} + 1);
  if (actor_names_[actor.id].empty()) actor_names_[actor.id] = actor.name;
  moments_.push_back({actor.id, actor.clock.at(actor.id), intern(name), actor.is_stream});
  return static_cast<std::uint32_t>(moments_.size() - 1);
}

std::uint32_t Shadow::host_moment(Actor& host) {
  if (host.moment == 0 || moments_[host.moment].clock != host.clock.at(host.id))
    host.moment = moment(host, "host code");
  return host.moment;
}

bool Shadow::happened_before(std::uint32_t earlier, const Now& now) const {
  if (earlier == now.ordered) return true;
  const Moment& moment = moments_[earlier];
  const Actor& actor = *now.by.actor;
  const bool both_host = !moment.of_stream && !actor.is_stream;  // ThreadSanitizer's business
  const bool ordered = both_host || moment.actor == actor.id || actor.clock.at(moment.actor) >= moment.clock;
  if (ordered) now.ordered = earlier;
  return ordered;
}

bool Shadow::conflict(const Touch& earlier, const Now& now) const {
  if (earlier.moment == 0) return false;
  if (now.kind == Access::atomic && earlier.atomic != 0) return false;
  if (earlier.moment != now.moment) return !happened_before(earlier.moment, now);
  if (!now.in_kernel || earlier.many != 0 || earlier.thread == now.thread) return false;
  if (earlier.thread / threads_per_block != now.thread / threads_per_block) return true;
  if (earlier.phase != now.phase) return false;
  // __syncwarp orders the threads of one warp.
  return earlier.thread / threads_per_warp != now.thread / threads_per_warp || earlier.warp_phase == now.warp_phase;
}

void Shadow::report_race(const Touch& earlier, const char* earlier_kind, const Now& now) const {
  const std::string where = now.allocation.describe();
  if (earlier.moment == now.moment) {
    report("kernel race", std::string{"in '"} + now.by.name + "' two threads access the same element of " + where +
                              " without a barrier between: " + name_of(now.kind) + " after " + earlier_kind);
    return;
  }
  const Moment& moment = moments_[earlier.moment];
  report("race", std::string{name_of(now.kind)} + " by '" + now.by.name + "' (" + now.by.actor->name +
                     ") is not ordered after the " + earlier_kind + " by '" + names_[moment.name] + "' (" +
                     actor_names_[moment.actor] + "), both on " + where);
}

void Shadow::remember_read(Cell& cell, const Now& now, std::uint32_t mask) {
  Touch* place = nullptr;
  int of_this_moment = 0;
  for (Touch& read : cell.reads) {
    const bool same = read.moment == now.moment;
    if (same && read.thread == now.thread) {
      if (read.phase != now.phase) read.mask = 0;
      place = &read;
      break;
    }
    // Any two threads of a kernel are enough to find a third one's write; of one block, those of the latest phase.
    if (same) {
      if (++of_this_moment == 2 || read.phase != now.phase) place = &read;
    } else if (place == nullptr && (read.moment == 0 || happened_before(read.moment, now))) {
      place = &read;
    }
  }
  if (place == nullptr) place = &cell.reads[2];
  if (place->moment != now.moment || place->thread != now.thread) place->mask = 0;
  place->moment = now.moment;
  place->thread = now.thread;
  place->phase = now.phase & (phases - 1);
  place->warp_phase = now.warp_phase & (warp_phases - 1);
  place->mask = (place->mask | mask) & whole_cell;
}

void Shadow::remember_write(Cell& cell, const Now& now, std::uint32_t mask) {
  for (Touch& read : cell.reads)
    if ((read.mask & ~mask) == 0) read = {};
  Touch& write = cell.write;
  const bool same_moment = write.moment == now.moment;
  const bool same_thread = same_moment && write.thread == now.thread && write.phase == now.phase;
  if (same_moment && !same_thread && (write.mask & mask) == 0)
    write.many = 1;
  else if (!same_thread)
    write.many = 0;
  write.mask = (same_thread || write.many != 0 ? write.mask | mask : mask) & whole_cell;
  write.moment = now.moment;
  write.thread = now.thread;
  write.phase = now.phase & (phases - 1);
  write.warp_phase = now.warp_phase & (warp_phases - 1);
  write.atomic = now.kind == Access::atomic ? 1 : 0;
  write.initialised = (now.poison ? write.initialised & ~mask : write.initialised | mask) & whole_cell;
}

void Shadow::touch_cell(Cell& cell, const Now& now, std::uint32_t mask) {
  if ((cell.write.mask & mask) != 0 && conflict(cell.write, now)) report_race(cell.write, "write", now);
  const bool reads = now.kind != Access::write;
  if (reads && now.allocation.home == Home::device && (mask & ~cell.write.initialised) != 0)
    report("uninitialised", std::string{"'"} + now.by.name + "' (" + now.by.actor->name +
                                ") reads what nothing has written of " + now.allocation.describe());
  if (now.kind == Access::read) {
    remember_read(cell, now, mask);
    return;
  }
  for (const Touch& read : cell.reads)
    if ((read.mask & mask) != 0 && conflict(read, now)) report_race(read, "read", now);
  remember_write(cell, now, mask);
}

void Shadow::touch(Allocation& allocation, std::size_t offset, std::size_t bytes, Access kind, const Executing& by,
                   bool poison) {
  const KernelThread* position = kernel_thread();
  const bool in_kernel = position != nullptr;
  const Now now{allocation,
                by,
                kind,
                poison,
                by.operation != 0 ? by.operation : host_moment(*by.actor),
                in_kernel,
                in_kernel ? position->block * threads_per_block + position->thread : 0,
                in_kernel ? position->phase % phases : 0,
                in_kernel ? position->warp_phase % warp_phases : 0};
  const std::size_t end = offset + bytes;
  for (std::size_t at = offset / cell_bytes; at * cell_bytes < end; ++at) {
    const std::size_t start = at * cell_bytes;
    const std::size_t first = std::max(offset, start) - start;
    const std::size_t last = std::min(end - start, cell_bytes);
    touch_cell(allocation.cells[at], now, mask_of(first, last));
  }
}

}  // namespace fakecuda
