// Collectives whose ranks reach each other's memory: every rank reads its peers' operands and does an equal share of
// the work, so that reducing and distributing is one pass over memory. The same on CPUs and on GPUs.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "harness/device/meeting.hpp"
#include "kernels/cuda/memory.hpp"
#include "kernels/cuda/sum.hpp"
#include "kernels/memory.hpp"
#include "kernels/sum.hpp"

namespace lockstep {

/// One operation as its rank sees it: its own call, and what its peers offer.
struct SharedOperation {
  int rank;
  const CollectiveCall& call;
  std::span<const Place> places;

  [[nodiscard]] int ranks() const { return static_cast<int>(places.size()); }
  [[nodiscard]] std::size_t element() const { return size_of(call.dtype()); }
  [[nodiscard]] const Offer& root() const { return places[static_cast<std::size_t>(call.root)].offer; }
  /// Where this rank's piece begins in the root's buffer.
  [[nodiscard]] std::size_t piece_offset() const {
    return std::accumulate(call.counts.begin(), call.counts.begin() + rank, std::size_t{0}) * element();
  }
};

/// The part of an operation on `count` elements that one rank does. Boundaries are 64 bytes apart, so that no two ranks
/// write the same cache line of an aligned buffer.
struct Slice {
  std::size_t begin;
  std::size_t end;
};

inline Slice slice_of(std::size_t count, std::size_t element, int rank, int ranks) {
  const std::size_t unit = 64 / element;
  const std::size_t units = (count + unit - 1) / unit;
  const auto boundary = [&](int index) {
    return std::min(count, units * static_cast<std::size_t>(index) / static_cast<std::size_t>(ranks) * unit);
  };
  return {boundary(rank), boundary(rank + 1)};
}

// In what follows `queue...` is nothing, and the calling thread does the work, or a CudaQueue that it is queued on.

void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes, const auto&... queue) {
  if (bytes > 0 && to != from) kernels::copy(queue..., std::span{from, bytes}, std::span{to, bytes});
}

/// receive[to + i] of each of `receivers` ← Σ over ranks of send[from + i], for i in [0, count).
template <typename T>
void sum_part_as(const SharedOperation& operation, std::size_t from, std::size_t to, std::size_t count,
                 std::span<const Place> receivers, const auto&... queue) {
  std::vector<const T*> inputs;
  inputs.reserve(operation.places.size());
  for (const Place& place : operation.places) inputs.push_back(reinterpret_cast<const T*>(place.offer.send) + from);
  std::vector<T*> outputs;
  outputs.reserve(receivers.size());
  for (const Place& place : receivers) outputs.push_back(reinterpret_cast<T*>(place.offer.receive) + to);
  kernels::sum_in_order(queue..., inputs, outputs, count);
}

void sum_part(const SharedOperation& operation, std::size_t from, std::size_t to, std::size_t count,
              std::span<const Place> receivers, const auto&... queue) {
  if (count == 0) return;
  visit_float(operation.call.dtype(),
              [&]<typename T>(T) { sum_part_as<T>(operation, from, to, count, receivers, queue...); });
}

void sum_slice(const SharedOperation& operation, std::span<const Place> receivers, const auto&... queue) {
  const Slice slice = slice_of(operation.call.receive.count(), operation.element(), operation.rank, operation.ranks());
  sum_part(operation, slice.begin, slice.begin, slice.end - slice.begin, receivers, queue...);
}

void share_reduce_scatter(const SharedOperation& operation, const auto&... queue) {
  const auto rank = static_cast<std::size_t>(operation.rank);
  const std::size_t piece = operation.call.receive.count();
  sum_part(operation, piece * rank, 0, piece, operation.places.subspan(rank, 1), queue...);
}

void share_broadcast(const SharedOperation& operation, const auto&... queue) {
  const Slice slice = slice_of(operation.call.receive.count(), operation.element(), operation.rank, operation.ranks());
  const std::size_t begin = slice.begin * operation.element();
  const std::size_t bytes = (slice.end - slice.begin) * operation.element();
  for (const Place& place : operation.places)
    copy_bytes(place.offer.receive + begin, operation.root().send + begin, bytes, queue...);
}

void share_all_gather(const SharedOperation& operation, const auto&... queue) {
  std::byte* to = operation.call.receive.raw().data();
  const std::size_t piece = operation.call.send.bytes();
  for (const Place& place : operation.places) {
    copy_bytes(to, place.offer.send, piece, queue...);
    to += piece;
  }
}

/// This rank's share of the operation. All ranks have come to it, and none may go on before all are done.
void perform_share(const SharedOperation& operation, const auto&... queue) {
  const CollectiveCall& call = operation.call;
  switch (call.kind) {
    case Collective::all_reduce:
      return sum_slice(operation, operation.places, queue...);
    case Collective::reduce:
      return sum_slice(operation, operation.places.subspan(static_cast<std::size_t>(call.root), 1), queue...);
    case Collective::broadcast:
      return share_broadcast(operation, queue...);
    case Collective::scatter:
      return copy_bytes(call.receive.raw().data(), operation.root().send + operation.piece_offset(),
                        call.receive.bytes(), queue...);
    case Collective::gather:
      return copy_bytes(operation.root().receive + operation.piece_offset(), call.send.raw().data(), call.send.bytes(),
                        queue...);
    case Collective::all_gather:
      return share_all_gather(operation, queue...);
    case Collective::reduce_scatter:
      return share_reduce_scatter(operation, queue...);
    case Collective::barrier:
      return;
  }
}

}  // namespace lockstep
