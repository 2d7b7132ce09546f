// The collectives: what each is called, moves and costs.
//
// S is the size that nccl-tests reports (PERFORMANCE.md there): the bytes of the whole buffer, i.e. of the
// concatenation for scatter, gather, all_gather and reduce_scatter. n is the number of ranks. Wire bytes are what the
// busiest rank sends and the steps are the rounds in which it does, for a ring (all_reduce, all_gather, reduce_scatter,
// broadcast, reduce) or for direct sends from or to the root (scatter, gather).
//
//   collective       S                  wire bytes     steps     busbw factor
//   all_reduce       count              2(n-1)/n · S   2(n-1)    2(n-1)/n
//   reduce           count              S              n-1       1
//   broadcast        count              S              n-1       1
//   scatter, gather  all pieces         (n-1)/n · S    n-1       (n-1)/n     (even pieces)
//   all_gather       the output         (n-1)/n · S    n-1       (n-1)/n
//   reduce_scatter   the input          (n-1)/n · S    n-1       (n-1)/n
//   barrier          0                  0              1         none
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/device/tensor.hpp"

namespace lockstep {

enum class Collective { all_reduce, reduce, broadcast, scatter, gather, all_gather, reduce_scatter, barrier };

inline constexpr std::array<std::string_view, 8> collective_names{
    "all_reduce", "reduce", "broadcast", "scatter", "gather", "all_gather", "reduce_scatter", "barrier"};

constexpr std::string_view name_of(Collective kind) { return collective_names[static_cast<std::size_t>(kind)]; }

/// Whether ranks have pieces of a whole, rather than values of the same size.
constexpr bool has_pieces(Collective kind) {
  return kind == Collective::scatter || kind == Collective::gather || kind == Collective::all_gather ||
         kind == Collective::reduce_scatter;
}

/// Bytes on the wire per byte of S, and bus bandwidth per algorithm bandwidth; 0 for one rank.
double bus_factor(Collective kind, int ranks);
/// Rounds of communication; 0 for one rank.
int steps_of(Collective kind, int ranks);

/// One rank's part of one collective operation.
struct CollectiveCall {
  Collective kind;
  Tensor send;     // all of it on the root for scatter; equal to `receive` for in-place operations
  Tensor receive;  // all of it on the root for gather
  int root = 0;
  std::vector<std::size_t> counts;  // elements of each rank's piece (scatter, gather)
  std::uint64_t sequence = 0;       // position in the communicator's order of operations

  [[nodiscard]] DType dtype() const { return kind == Collective::gather ? send.dtype() : receive.dtype(); }
  /// S in bytes, the same on every rank.
  [[nodiscard]] std::size_t bytes(int ranks) const;
};

/// One operation as its rank's log has it.
struct CollectiveRecord {
  std::uint64_t sequence = 0;
  Collective kind = Collective::barrier;
  std::size_t bytes = 0;  // S
  int root = 0;
  int ranks = 1;  // of the group
  /// entered: the call has not returned; queued: on its stream, not known to be done; done.
  enum class State { entered, queued, done };
  State state = State::entered;
};

inline constexpr std::array<std::string_view, 3> record_state_names{"entered", "queued", "done"};
constexpr std::string_view name_of(CollectiveRecord::State state) {
  return record_state_names[static_cast<std::size_t>(state)];
}

/// How often each collective was called, and the sum of S.
struct Traffic {
  struct Entry {
    std::uint64_t calls = 0;
    std::uint64_t bytes = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::array<Entry, collective_names.size()> by_kind;

  [[nodiscard]] const Entry& of(Collective kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  Entry& of(Collective kind) { return by_kind[static_cast<std::size_t>(kind)]; }
  /// Of all kinds together.
  [[nodiscard]] std::uint64_t bytes() const;
  Traffic& operator+=(const Traffic& other);
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

/// What happened between two readings of the same counter.
Traffic operator-(const Traffic& later, const Traffic& earlier);

}  // namespace lockstep
