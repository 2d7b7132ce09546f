#include "harness/device/cpu/cpu_communicator.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

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

void copy(std::span<std::byte> to, std::span<const std::byte> from) {
  if (!to.empty() && to.data() != from.data()) std::memcpy(to.data(), from.data(), to.size());
}

/// One operation as its rank sees it: its own call and everybody's.
struct Operation {
  int rank;
  std::span<const SharedCall> calls;

  [[nodiscard]] int ranks() const { return static_cast<int>(calls.size()); }
  [[nodiscard]] const CollectiveCall& of(int index) const { return *calls[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const CollectiveCall& mine() const { return of(rank); }
  [[nodiscard]] const CollectiveCall& root() const { return of(mine().root); }
};

/// outputs[·][to + i] ← Σ over ranks of send[from + i], for i in [0, count).
template <typename T>
void sum_part(const Operation& operation, std::size_t from, std::size_t to, std::size_t count,
              std::span<const Tensor> outputs) {
  std::vector<const T*> inputs;
  for (const SharedCall& call : operation.calls) inputs.push_back(call->send.values<const T>().data() + from);
  std::vector<T*> targets;
  for (const Tensor& output : outputs) targets.push_back(output.values<T>().data() + to);
  kernels::sum_in_order(inputs, targets, count);
}

void sum_part(const Operation& operation, std::size_t from, std::size_t to, std::size_t count,
              std::span<const Tensor> outputs) {
  if (count == 0) return;
  if (operation.mine().dtype() == DType::f64) return sum_part<double>(operation, from, to, count, outputs);
  sum_part<float>(operation, from, to, count, outputs);
}

void all_reduce(const Operation& operation) {
  const Slice slice = slice_of(operation.mine().receive.count(), operation.rank, operation.ranks());
  std::vector<Tensor> outputs;
  for (const SharedCall& call : operation.calls) outputs.push_back(call->receive);
  sum_part(operation, slice.begin, slice.begin, slice.end - slice.begin, outputs);
}

void reduce(const Operation& operation) {
  const Slice slice = slice_of(operation.mine().receive.count(), operation.rank, operation.ranks());
  sum_part(operation, slice.begin, slice.begin, slice.end - slice.begin, {&operation.root().receive, 1});
}

void reduce_scatter(const Operation& operation) {
  const std::size_t piece = operation.mine().receive.count();
  sum_part(operation, piece * static_cast<std::size_t>(operation.rank), 0, piece, {&operation.mine().receive, 1});
}

void broadcast(const Operation& operation) {
  const std::size_t element = size_of(operation.mine().dtype());
  const Slice slice = slice_of(operation.mine().receive.count(), operation.rank, operation.ranks());
  const std::size_t begin = slice.begin * element;
  const std::size_t bytes = (slice.end - slice.begin) * element;
  for (const SharedCall& call : operation.calls)
    copy(call->receive.raw().subspan(begin, bytes), operation.root().send.raw().subspan(begin, bytes));
}

/// Bytes of rank's piece in the root's buffer, by the call's counts.
std::span<std::byte> piece_in(const Tensor& all, const CollectiveCall& call, int rank) {
  const auto first = call.counts.begin();
  const std::size_t begin = std::accumulate(first, first + rank, std::size_t{0});
  const std::size_t element = size_of(call.dtype());
  return all.raw().subspan(begin * element, call.counts[static_cast<std::size_t>(rank)] * element);
}

void scatter(const Operation& operation) {
  copy(operation.mine().receive.raw(), piece_in(operation.root().send, operation.mine(), operation.rank));
}

void gather(const Operation& operation) {
  copy(piece_in(operation.root().receive, operation.mine(), operation.rank), operation.mine().send.raw());
}

void all_gather(const Operation& operation) {
  const std::span<std::byte> all = operation.mine().receive.raw();
  const std::size_t piece = operation.mine().send.bytes();
  for (int other = 0; other < operation.ranks(); ++other)
    copy(all.subspan(static_cast<std::size_t>(other) * piece, piece), operation.of(other).send.raw());
}

void perform(const Operation& operation) {
  switch (operation.mine().kind) {
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
                const std::span<const SharedCall> calls = meeting->arrive(rank, call, patience);
                perform({rank, calls});
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
  // A side stream shares the rank's core with its computation and must leave it alone while it waits.
  const bool is_inline = dynamic_cast<const InlineStream*>(&stream) != nullptr;
  return is_inline && has_core_ ? Patience{.spins = 1000, .yields = 100} : Patience{.spins = 0, .yields = 2};
}

}  // namespace lockstep::cpu
