#include "harness/device/cpu/cpu_communicator.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "harness/device/cpu/cpu_stream.hpp"
#include "kernels/sum.hpp"

namespace lockstep::cpu {
namespace {

/// The part of an operation on `count` elements that one rank does. Boundaries are 64 bytes apart, so that no two ranks
/// write the same cache line of an aligned buffer.
struct Slice {
  std::size_t begin;
  std::size_t end;
};

Slice slice_of(std::size_t count, int rank, int ranks) {
  constexpr std::size_t unit = 16;
  const std::size_t units = (count + unit - 1) / unit;
  const auto boundary = [&](int index) {
    return std::min(count, units * static_cast<std::size_t>(index) / static_cast<std::size_t>(ranks) * unit);
  };
  return {boundary(rank), boundary(rank + 1)};
}

void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes) {
  if (bytes > 0 && to != from) std::memcpy(to, from, bytes);
}

/// One operation as its rank sees it: its own call, and what its peers offer.
struct Operation {
  int rank;
  const CollectiveCall& call;
  std::span<const Place> places;

  [[nodiscard]] int ranks() const { return static_cast<int>(places.size()); }
  [[nodiscard]] std::size_t element() const { return size_of(call.dtype()); }
  [[nodiscard]] const Offer& root() const { return places[static_cast<std::size_t>(call.root)].offer; }
};

/// receive[to + i] of each of `receivers` ← Σ over ranks of send[from + i], for i in [0, count).
template <typename T>
void sum_part(const Operation& operation, std::size_t from, std::size_t to, std::size_t count,
              std::span<const Place> receivers) {
  std::vector<const T*> inputs;
  inputs.reserve(operation.places.size());
  for (const Place& place : operation.places) inputs.push_back(reinterpret_cast<const T*>(place.offer.send) + from);
  std::vector<T*> outputs;
  outputs.reserve(receivers.size());
  for (const Place& place : receivers) outputs.push_back(reinterpret_cast<T*>(place.offer.receive) + to);
  kernels::sum_in_order(inputs, outputs, count);
}

void sum_part(const Operation& operation, std::size_t from, std::size_t to, std::size_t count,
              std::span<const Place> receivers) {
  if (count == 0) return;
  if (operation.call.dtype() == DType::f64) return sum_part<double>(operation, from, to, count, receivers);
  sum_part<float>(operation, from, to, count, receivers);
}

void sum_slice(const Operation& operation, std::span<const Place> receivers) {
  const Slice slice = slice_of(operation.call.receive.count(), operation.rank, operation.ranks());
  sum_part(operation, slice.begin, slice.begin, slice.end - slice.begin, receivers);
}

void all_reduce(const Operation& operation) { sum_slice(operation, operation.places); }

void reduce(const Operation& operation) {
  sum_slice(operation, operation.places.subspan(static_cast<std::size_t>(operation.call.root), 1));
}

void reduce_scatter(const Operation& operation) {
  const auto rank = static_cast<std::size_t>(operation.rank);
  const std::size_t piece = operation.call.receive.count();
  sum_part(operation, piece * rank, 0, piece, operation.places.subspan(rank, 1));
}

void broadcast(const Operation& operation) {
  const Slice slice = slice_of(operation.call.receive.count(), operation.rank, operation.ranks());
  const std::size_t begin = slice.begin * operation.element();
  const std::size_t bytes = (slice.end - slice.begin) * operation.element();
  for (const Place& place : operation.places)
    copy_bytes(place.offer.receive + begin, operation.root().send + begin, bytes);
}

/// Where this rank's piece begins in the root's buffer.
std::size_t piece_offset(const Operation& operation) {
  const auto first = operation.call.counts.begin();
  return std::accumulate(first, first + operation.rank, std::size_t{0}) * operation.element();
}

void scatter(const Operation& operation) {
  const Tensor& piece = operation.call.receive;
  copy_bytes(piece.raw().data(), operation.root().send + piece_offset(operation), piece.bytes());
}

void gather(const Operation& operation) {
  const Tensor& piece = operation.call.send;
  copy_bytes(operation.root().receive + piece_offset(operation), piece.raw().data(), piece.bytes());
}

void all_gather(const Operation& operation) {
  std::byte* to = operation.call.receive.raw().data();
  const std::size_t piece = operation.call.send.bytes();
  for (const Place& place : operation.places) {
    copy_bytes(to, place.offer.send, piece);
    to += piece;
  }
}

void perform(const Operation& operation) {
  switch (operation.call.kind) {
    case Collective::all_reduce:
      return all_reduce(operation);
    case Collective::reduce:
      return reduce(operation);
    case Collective::broadcast:
      return broadcast(operation);
    case Collective::scatter:
      return scatter(operation);
    case Collective::gather:
      return gather(operation);
    case Collective::all_gather:
      return all_gather(operation);
    case Collective::reduce_scatter:
      return reduce_scatter(operation);
    case Collective::barrier:
      return;
  }
}

/// What one rank computes and moves of an operation in shared memory.
Cost cost_of(const CollectiveCall& call, int ranks) {
  const auto bytes = static_cast<double>(call.bytes(ranks));
  const bool sums =
      call.kind == Collective::all_reduce || call.kind == Collective::reduce || call.kind == Collective::reduce_scatter;
  const double elements = bytes / static_cast<double>(size_of(call.dtype()));
  return {sums ? elements * (ranks - 1) / ranks : 0, 2 * bytes};
}

}  // namespace

void CpuCommunicator::do_submit(Stream& stream, CollectiveCall call) {
  const std::string_view name = name_of(call.kind);
  const Cost cost = cost_of(call, size());
  auto shared = std::make_shared<const CollectiveCall>(std::move(call));
  stream.run({.name = name,
              .cost = cost,
              .cpu = [rank = rank_, meeting = meeting_, call = std::move(shared), patience = patience_on(stream)] {
                perform({rank, *call, meeting->arrive(rank, call, patience)});
                meeting->leave(rank, call->sequence, patience);
              }});
}

std::unique_ptr<Communicator> CpuCommunicator::first_ranks(int count) {
  require(count >= 1 && count <= size(), "a subgroup of {} of {} ranks", count, size());
  std::shared_ptr<Meeting> subgroup = meeting_->subgroup(subgroups_++, count);
  if (rank_ >= count) return nullptr;
  return std::make_unique<CpuCommunicator>(rank_, std::move(subgroup), has_core_);
}

Patience CpuCommunicator::patience_on(const Stream& stream) const {
  // Who shares a core, with other ranks or (on a side stream) with the rank's computation, leaves it to them while
  // waiting. Yielding it is ten times as quick as sleeping when they wait too.
  const bool is_inline = dynamic_cast<const InlineStream*>(&stream) != nullptr;
  return {.spins = is_inline && has_core_ ? 1000 : 0, .yields = 100};
}

}  // namespace lockstep::cpu
