#include "harness/measure/capture.hpp"

namespace lockstep {
namespace {

bool is_sum(Collective kind) { return kind == Collective::all_reduce || kind == Collective::reduce; }

}  // namespace

std::unique_ptr<Communicator> CapturingCommunicator::first_ranks(int count) {
  auto subgroup = inner().first_ranks(count);
  if (!subgroup) return nullptr;
  return std::make_unique<CapturingCommunicator>(std::move(subgroup), log_);
}

void CapturingCommunicator::do_submit(Stream& stream, CollectiveCall call) {
  CapturedCall& captured = log_->emplace_back(CapturedCall{.kind = call.kind,
                                                           .bytes = call.bytes(size()),
                                                           .ranks = size(),
                                                           .root = call.root,
                                                           .dtype = call.dtype(),
                                                           .in_rank_order = adds_in_rank_order(),
                                                           .before = {},
                                                           .after = {}});
  if (!is_sum(call.kind)) return inner().submit(stream, std::move(call));
  const Tensor receive = call.receive;
  captured.before.resize(call.send.bytes());
  captured.after.resize(receive.bytes());
  stream.copy_out(call.send, captured.before);
  inner().submit(stream, std::move(call));
  stream.copy_out(receive, captured.after);
}

}  // namespace lockstep
