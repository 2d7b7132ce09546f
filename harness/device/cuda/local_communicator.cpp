#include "harness/device/cuda/local_communicator.hpp"

#include "harness/device/cuda/cuda_stream.hpp"
#include "harness/device/shared_operation.hpp"

namespace lockstep::cuda {
namespace {

OwnedEvent make_mark(int device) {
  const CurrentDevice current{device};
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags", device);
  return OwnedEvent{event};
}

}  // namespace

LocalGroup::LocalGroup(std::shared_ptr<Meeting> meeting, std::vector<std::shared_ptr<Context>> contexts)
    : meeting_{std::move(meeting)}, contexts_{std::move(contexts)} {
  for (const auto& context : contexts_) marks_.push_back({make_mark(context->device()), make_mark(context->device())});
}

std::shared_ptr<LocalGroup> LocalGroup::subgroup(std::size_t index, int count) {
  std::shared_ptr<Meeting> meeting = meeting_->subgroup(index, count);
  const std::lock_guard lock{mutex_};
  if (subgroups_.size() <= index) subgroups_.resize(index + 1);
  if (!subgroups_[index])
    subgroups_[index] =
        std::make_shared<LocalGroup>(std::move(meeting), std::vector(contexts_.begin(), contexts_.begin() + count));
  return subgroups_[index];
}

void LocalCommunicator::do_submit(Stream& stream, CollectiveCall call) {
  CudaStream& own = cuda_stream(stream);
  const int device = own.context()->device();
  const CurrentDevice current{device};
  const LocalGroup::Marks& marks = group_->marks(rank_);
  const auto shared = std::make_shared<const CollectiveCall>(std::move(call));
  const auto wait_for_all = [&](OwnedEvent LocalGroup::Marks::*mark) {
    for (int peer = 0; peer < size(); ++peer)
      if (peer != rank_)
        check(cudaStreamWaitEvent(own.get(), (group_->marks(peer).*mark).get(), 0), "cudaStreamWaitEvent", device);
  };
  check(cudaEventRecord(marks.ready.get(), own.get()), "cudaEventRecord", device);
  const auto places = group_->meeting().arrive(rank_, shared, patience_);
  wait_for_all(&LocalGroup::Marks::ready);
  perform_share({rank_, *shared, places}, kernels::CudaQueue{.stream = own.get()});
  check(cudaEventRecord(marks.done.get(), own.get()), "cudaEventRecord", device);
  group_->meeting().leave(rank_, shared->sequence, patience_);
  wait_for_all(&LocalGroup::Marks::done);
  note_done_at(own.record());
}

std::unique_ptr<Communicator> LocalCommunicator::first_ranks(int count) {
  require(count >= 1 && count <= size(), "a subgroup of {} of {} ranks", count, size());
  std::shared_ptr<LocalGroup> subgroup = group_->subgroup(subgroups_++, count);
  if (rank_ >= count) return nullptr;
  auto end = std::make_unique<LocalCommunicator>(rank_, std::move(subgroup), patience_);
  end->log_with(*this);
  return end;
}

}  // namespace lockstep::cuda
