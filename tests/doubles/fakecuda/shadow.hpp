// What the fake remembers of each 4 bytes of device and pinned memory: who touched them last, and whether they hold a
// value.
//
// An access is compared with the last write and up to three reads of its cell. Two accesses, one of them a write, race
// when the vector clock of the later one's actor does not cover the earlier one (FastTrack, PLDI 2009), or, within one
// kernel, when they are of different threads with no barrier of a common block between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/doubles/fakecuda/access.hpp"
#include "tests/doubles/fakecuda/clock.hpp"

namespace fakecuda {

inline constexpr std::size_t cell_bytes = 4;

/// One access to a cell.
struct Touch {
  std::uint32_t moment = 0;  // of which operation; 0: none
  std::uint32_t thread = 0;  // block * 1024 + thread of a kernel
  std::uint32_t phase : 12 = 0;
  std::uint32_t warp_phase : 10 = 0;
  std::uint32_t mask : 4 = 0;  // which of the four bytes
  std::uint32_t atomic : 1 = 0;
  std::uint32_t many : 1 = 0;         // several threads of this moment wrote different bytes
  std::uint32_t initialised : 4 = 0;  // of the cell, by bytes; kept in its write
};

struct Cell {
  Touch write;
  Touch reads[3];
};

struct Allocation;

/// Needs the lock.
class Shadow {
 public:
  /// A new moment of the actor, now: what its accesses are remembered by.
  std::uint32_t moment(const Actor& actor, const std::string& name);
  /// The host's, made anew when its clock has moved.
  std::uint32_t host_moment(Actor& host);

  /// Checks and remembers an access to bytes inside the allocation. `poison` writes without giving a value.
  void touch(Allocation& allocation, std::size_t offset, std::size_t bytes, Access kind, const Executing& by,
             bool poison = false);

 private:
  struct Moment {
    std::uint32_t actor;
    std::uint32_t clock;
    std::uint32_t name;  // index into names_
    bool of_stream;
  };
  struct Now;

  [[nodiscard]] bool happened_before(std::uint32_t moment, const Now& now) const;
  [[nodiscard]] bool conflict(const Touch& earlier, const Now& now) const;
  void touch_cell(Cell& cell, const Now& now, std::uint32_t mask);
  void remember_read(Cell& cell, const Now& now, std::uint32_t mask);
  static void remember_write(Cell& cell, const Now& now, std::uint32_t mask);
  void report_race(const Touch& earlier, const char* earlier_kind, const Now& now) const;
  std::uint32_t intern(const std::string& name);

  std::vector<Moment> moments_{{0, 0, 0, false}};
  std::vector<std::string> names_{"host code"};
  std::vector<std::string> actor_names_;
  std::unordered_map<std::string, std::uint32_t> name_numbers_{{"host code", 0}};
};

}  // namespace fakecuda
