#include "harness/device/communicator.hpp"

namespace lockstep {
namespace {

void require_summable(const Tensor& values) {
  require(is_float(values.dtype()), "sums exist for F32, F64 and BF16, not {}", name_of(values.dtype()));
}

std::size_t sum_of(std::span<const std::size_t> counts) {
  std::size_t sum = 0;
  for (const std::size_t count : counts) sum += count;
  return sum;
}

}  // namespace

void Communicator::all_reduce(Stream& stream, const Tensor& values) {
  require_summable(values);
  submit(stream, {.kind = Collective::all_reduce, .send = values, .receive = values, .counts = {}});
}

void Communicator::reduce(Stream& stream, const Tensor& values, int root) {
  require_summable(values);
  submit(stream, {.kind = Collective::reduce, .send = values, .receive = values, .root = root, .counts = {}});
}

void Communicator::broadcast(Stream& stream, const Tensor& values, int root) {
  submit(stream, {.kind = Collective::broadcast, .send = values, .receive = values, .root = root, .counts = {}});
}

void Communicator::scatter(Stream& stream, const Tensor& all, const Tensor& piece, std::span<const std::size_t> counts,
                           int root) {
  require(counts.size() == static_cast<std::size_t>(size()), "scatter: {} counts for {} ranks", counts.size(), size());
  require(piece.count() == counts[static_cast<std::size_t>(rank())],
          "scatter: rank {} has room for {} of its {} elements", rank(), piece.count(),
          counts[static_cast<std::size_t>(rank())]);
  require(rank() != root || all.count() == sum_of(counts), "scatter: counts sum to {}, the source has {} elements",
          sum_of(counts), all.count());
  submit(stream, {.kind = Collective::scatter,
                  .send = all,
                  .receive = piece,
                  .root = root,
                  .counts = {counts.begin(), counts.end()}});
}

void Communicator::gather(Stream& stream, const Tensor& piece, const Tensor& all, std::span<const std::size_t> counts,
                          int root) {
  require(counts.size() == static_cast<std::size_t>(size()), "gather: {} counts for {} ranks", counts.size(), size());
  require(piece.count() == counts[static_cast<std::size_t>(rank())], "gather: rank {} sends {} of its {} elements",
          rank(), piece.count(), counts[static_cast<std::size_t>(rank())]);
  require(rank() != root || all.count() == sum_of(counts), "gather: counts sum to {}, the target has {} elements",
          sum_of(counts), all.count());
  submit(stream, {.kind = Collective::gather,
                  .send = piece,
                  .receive = all,
                  .root = root,
                  .counts = {counts.begin(), counts.end()}});
}

void Communicator::all_gather(Stream& stream, const Tensor& piece, const Tensor& all) {
  require(all.count() == piece.count() * static_cast<std::size_t>(size()),
          "all_gather: {} pieces of {} into {} elements", size(), piece.count(), all.count());
  submit(stream, {.kind = Collective::all_gather, .send = piece, .receive = all, .counts = {}});
}

void Communicator::reduce_scatter(Stream& stream, const Tensor& all, const Tensor& piece) {
  require_summable(all);
  require(all.count() == piece.count() * static_cast<std::size_t>(size()),
          "reduce_scatter: {} elements into {} pieces of {}", all.count(), size(), piece.count());
  submit(stream, {.kind = Collective::reduce_scatter, .send = all, .receive = piece, .counts = {}});
}

void Communicator::barrier(Stream& stream) {
  submit(stream, {.kind = Collective::barrier, .send = {}, .receive = {}, .counts = {}});
}

void Communicator::submit(Stream& stream, CollectiveCall call) {
  require(call.root >= 0 && call.root < size(), "{}: root {} of {} ranks", name_of(call.kind), call.root, size());
  const std::size_t bytes = call.bytes(size());
  Traffic::Entry& entry = traffic_.of(call.kind);
  entry.calls += 1;
  entry.bytes += bytes;
  call.sequence = next_sequence_++;
  log_->enter(call, bytes, size());
  do_submit(stream, std::move(call));
  log_->leave();
}

}  // namespace lockstep
