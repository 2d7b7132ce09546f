#include "harness/measure/collective_operation.hpp"

#include "harness/ops/memory.hpp"

namespace lockstep {
namespace {

constexpr int root = 0;

/// The sum of 64 ranks' contributions stays below 2^24, so that every order of summation gives it exactly.
constexpr std::size_t most_ranks = 64;
constexpr std::uint64_t values = 131071;  // a prime: shifts by powers of two change every element
static_assert(most_ranks * (values + most_ranks) < (std::uint64_t{1} << 24));

/// No contribution and no sum of them.
constexpr float untouched = -1;

/// Distinct for 131071 elements in a row, from 1 on.
std::uint64_t contribution_of_rank_0(std::size_t index) { return 1 + index * 48271 % values; }

float contribution(int rank, std::size_t index) {
  return static_cast<float>(contribution_of_rank_0(index) + static_cast<std::uint64_t>(rank));
}

float sum_of_contributions(int ranks, std::size_t index) {
  const auto n = static_cast<std::uint64_t>(ranks);
  return static_cast<float>(n * contribution_of_rank_0(index) + n * (n - 1) / 2);
}

bool sends_all(Collective kind) { return kind == Collective::scatter || kind == Collective::reduce_scatter; }

/// Elements that a rank sends and receives.
struct Counts {
  std::size_t send;
  std::size_t receive;
};

Counts counts_of(Collective kind, std::size_t piece, int rank, int ranks) {
  if (!has_pieces(kind)) return {piece, piece};
  const std::size_t all = piece * static_cast<std::size_t>(ranks);
  const bool is_outside = (kind == Collective::scatter || kind == Collective::gather) && rank != root;
  if (sends_all(kind)) return {is_outside ? 0 : all, piece};
  return {piece, is_outside ? 0 : all};
}

void fill(Stream& stream, const Tensor& tensor, const auto& value_at) {
  std::vector<float> host(tensor.count());
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = value_at(i);
  from_host<float>(stream, host, tensor);
}

}  // namespace

CollectiveOperation::CollectiveOperation(Rank& rank, const CollectiveShape& shape)
    : rank_{rank}, placement_{shape.placement} {
  const int ranks = rank.group->size();
  const auto all_ranks = static_cast<std::size_t>(ranks);
  require(shape.kind != Collective::barrier, "a barrier has no operands");
  require(all_ranks <= most_ranks, "sums of {} ranks would round", ranks);
  const std::size_t elements = shape.bytes / sizeof(float);
  piece_ = has_pieces(shape.kind) ? elements / all_ranks : elements;
  require(piece_ > 0, "{} of {} bytes on {} ranks", name_of(shape.kind), shape.bytes, ranks);

  const auto allocate = [&](std::size_t count) {
    return Tensor{*rank.device, DType::f32, {count}, Use::communication};
  };
  own_part_ = has_pieces(shape.kind) ? piece_ * static_cast<std::size_t>(rank.index) : 0;
  const Counts counts = counts_of(shape.kind, piece_, rank.index, ranks);
  call_ = {.kind = shape.kind, .send = {}, .receive = {}, .root = root, .counts = {}};
  if (shape.kind == Collective::scatter || shape.kind == Collective::gather) call_.counts.assign(all_ranks, piece_);
  // In place the larger operand holds the smaller one.
  const bool shares = placement_ == Placement::in_place && counts.send > 0 && counts.receive > 0;
  if (counts.send >= counts.receive) {
    call_.send = allocate(counts.send);
    call_.receive = shares ? call_.send.view(own_part_, {counts.receive}) : allocate(counts.receive);
  } else {
    call_.receive = allocate(counts.receive);
    call_.send = shares ? call_.receive.view(own_part_, {counts.send}) : allocate(counts.send);
  }
}

void CollectiveOperation::clear(Stream& stream) const {
  ops::zero(stream, call_.send);
  ops::zero(stream, call_.receive);
}

void CollectiveOperation::craft(Stream& stream) const {
  fill(stream, call_.receive, [](std::size_t) { return untouched; });
  fill(stream, call_.send, [&](std::size_t index) { return contribution(rank_.index, index); });
}

float CollectiveOperation::expected(std::size_t index) const {
  const int ranks = rank_.group->size();
  switch (call_.kind) {
    case Collective::all_reduce:
      return sum_of_contributions(ranks, index);
    case Collective::reduce:
      if (rank_.index == root) return sum_of_contributions(ranks, index);
      return placement_ == Placement::in_place ? contribution(rank_.index, index) : untouched;
    case Collective::broadcast:
      return contribution(root, index);
    case Collective::scatter:
      return contribution(root, own_part_ + index);
    case Collective::gather:
    case Collective::all_gather:
      return contribution(static_cast<int>(index / piece_), index % piece_);
    case Collective::reduce_scatter:
      return sum_of_contributions(ranks, own_part_ + index);
    case Collective::barrier:
      break;
  }
  throw InternalError{"a collective without a result"};
}

ComparedElements CollectiveOperation::compare(Stream& stream) const {
  const std::vector<float> result = to_host<float>(stream, call_.receive);
  ComparedElements comparison{.compared = result.size()};
  for (std::size_t index = 0; index < result.size(); ++index)
    if (result[index] != expected(index)) ++comparison.wrong;  // also when it is not a number
  return comparison;
}

}  // namespace lockstep
