#include "harness/device/cpu/cpu_communicator.hpp"

#include "harness/device/cpu/cpu_stream.hpp"
#include "harness/device/shared_operation.hpp"

namespace lockstep::cpu {
namespace {

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
              .body = [rank = rank_, meeting = meeting_, call = std::move(shared), patience = patience_on(stream)] {
                perform_share({rank, *call, meeting->arrive(rank, call, patience)});
                meeting->leave(rank, call->sequence, patience);
              }});
}

std::unique_ptr<Communicator> CpuCommunicator::first_ranks(int count) {
  require(count >= 1 && count <= size(), "a subgroup of {} of {} ranks", count, size());
  std::shared_ptr<Meeting> subgroup = meeting_->subgroup(subgroups_++, count);
  if (rank_ >= count) return nullptr;
  auto end = std::make_unique<CpuCommunicator>(rank_, std::move(subgroup), has_core_);
  end->log_with(*this);
  return end;
}

Patience CpuCommunicator::patience_on(const Stream& stream) const {
  // Who shares a core, with other ranks or (on a side stream) with the rank's computation, leaves it to them while
  // waiting. Yielding it is ten times as quick as sleeping when they wait too.
  const bool is_inline = dynamic_cast<const InlineStream*>(&stream) != nullptr;
  return {.spins = is_inline && has_core_ ? 1000 : 0, .yields = 100};
}

}  // namespace lockstep::cpu
