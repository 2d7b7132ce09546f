#include "harness/device/cuda/nccl_communicator.hpp"

#include "harness/device/cuda/cuda_stream.hpp"

namespace lockstep::cuda {
namespace {

ncclDataType_t to_nccl(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return ncclFloat32;
    case DType::f64:
      return ncclFloat64;
    case DType::bf16:
      return ncclBfloat16;
    case DType::i32:
      break;
  }
  return ncclInt32;
}

OwnedMemory make_token(int device) {
  const CurrentDevice current{device};
  void* memory = nullptr;
  check(cudaMalloc(&memory, sizeof(std::int32_t)), "cudaMalloc", device, sizeof(std::int32_t));
  OwnedMemory token{memory};
  check(cudaMemset(memory, 0, sizeof(std::int32_t)), "cudaMemset", device);
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize", device);
  return token;
}

/// Sends and receives that NCCL must know of together.
class TogetherOn {
 public:
  explicit TogetherOn(NcclEnd& end) : end_{end} { check(ncclGroupStart(), "ncclGroupStart", end.device()); }
  void end() {
    is_open_ = false;
    end_.finish(ncclGroupEnd(), "ncclGroupEnd");
  }
  ~TogetherOn() {
    if (is_open_) (void)ncclGroupEnd();
  }
  TogetherOn(const TogetherOn&) = delete;
  TogetherOn& operator=(const TogetherOn&) = delete;

 private:
  NcclEnd& end_;
  bool is_open_ = true;
};

void copy_own_piece(std::byte* to, const std::byte* from, std::size_t bytes, cudaStream_t stream, int device) {
  if (bytes == 0 || to == from) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "cudaMemcpyAsync", device, bytes);
}

}  // namespace

NcclThreads::NcclThreads(std::shared_ptr<Meeting> meeting, std::vector<std::shared_ptr<Context>> contexts,
                         std::shared_ptr<std::atomic<bool>> is_aborted)
    : meeting_{std::move(meeting)}, contexts_{std::move(contexts)}, is_aborted_{std::move(is_aborted)} {
  std::vector<int> gpus;
  for (const auto& context : contexts_) gpus.push_back(context->device());
  std::vector<ncclComm_t> communicators(gpus.size());
  check(ncclCommInitAll(communicators.data(), static_cast<int>(gpus.size()), gpus.data()), "ncclCommInitAll", gpus[0]);
  for (std::size_t rank = 0; rank < gpus.size(); ++rank)
    ends_.push_back(std::make_shared<NcclEnd>(communicators[rank], *contexts_[rank], is_aborted_));
}

std::shared_ptr<NcclEnd> NcclThreads::take_end(int rank) { return std::move(ends_[static_cast<std::size_t>(rank)]); }

void NcclThreads::meet(int rank, const SharedCall& call, Patience patience) {
  (void)meeting_->arrive(rank, call, patience);
  meeting_->leave(rank, call->sequence, patience);
}

std::shared_ptr<NcclGroup> NcclThreads::subgroup(std::size_t index, int count) {
  std::shared_ptr<Meeting> meeting = meeting_->subgroup(index, count);
  const std::lock_guard lock{mutex_};
  if (subgroups_.size() <= index) subgroups_.resize(index + 1);
  if (!subgroups_[index])
    subgroups_[index] = std::make_shared<NcclThreads>(
        std::move(meeting), std::vector(contexts_.begin(), contexts_.begin() + count), is_aborted_);
  return subgroups_[index];
}

void NcclThreads::abort() {
  *is_aborted_ = true;
  meeting_->abort();
}

NcclCommunicator::NcclCommunicator(int rank, std::shared_ptr<NcclGroup> group, Patience patience)
    : rank_{rank},
      group_{std::move(group)},
      context_{group_->context(rank)},
      patience_{patience},
      token_{make_token(context_->device())},
      end_{group_->take_end(rank)} {
  context_->add_watch(end_);
}

void NcclCommunicator::do_submit(Stream& stream, CollectiveCall call) {
  CudaStream& own = cuda_stream(stream);
  const CurrentDevice current{context_->device()};
  const auto shared = std::make_shared<const CollectiveCall>(std::move(call));
  group_->meet(rank_, shared, patience_);
  queue(*shared, own.get());
  note_done_at(own.record());
}

void NcclCommunicator::queue(const CollectiveCall& call, cudaStream_t stream) {
  const ncclDataType_t type = to_nccl(call.dtype());
  const void* const send = call.send.raw().data();
  void* const receive = call.receive.raw().data();
  const std::size_t count = call.receive.count();
  const std::size_t bytes = call.bytes(size());
  if (bytes == 0 && call.kind != Collective::barrier) return;
  const char* const name = name_of(call.kind).data();
  switch (call.kind) {
    case Collective::all_reduce:
      return end_->finish(ncclAllReduce(send, receive, count, type, ncclSum, end_->get(), stream), name, bytes);
    case Collective::reduce:
      return end_->finish(ncclReduce(send, receive, count, type, ncclSum, call.root, end_->get(), stream), name, bytes);
    case Collective::broadcast:
      return end_->finish(ncclBroadcast(send, receive, count, type, call.root, end_->get(), stream), name, bytes);
    case Collective::scatter:
      return scatter(call, stream);
    case Collective::gather:
      return gather(call, stream);
    case Collective::all_gather:
      return end_->finish(ncclAllGather(send, receive, call.send.count(), type, end_->get(), stream), name, bytes);
    case Collective::reduce_scatter:
      return end_->finish(ncclReduceScatter(send, receive, count, type, ncclSum, end_->get(), stream), name, bytes);
    case Collective::barrier:
      return end_->finish(ncclAllReduce(token_.get(), token_.get(), 1, ncclInt32, ncclSum, end_->get(), stream), name);
  }
}

void NcclCommunicator::scatter(const CollectiveCall& call, cudaStream_t stream) {
  const int device = context_->device();
  const ncclDataType_t type = to_nccl(call.dtype());
  const std::span<std::byte> piece = call.receive.raw();
  TogetherOn together{*end_};
  if (rank_ == call.root) {
    const std::byte* from = call.send.raw().data();
    for (int peer = 0; peer < size(); ++peer) {
      const std::size_t count = call.counts[static_cast<std::size_t>(peer)];
      if (peer == rank_)
        copy_own_piece(piece.data(), from, piece.size(), stream, device);
      else if (count > 0)
        end_->begun(ncclSend(from, count, type, peer, end_->get(), stream), "ncclSend");
      from += count * size_of(call.dtype());
    }
  } else if (!piece.empty()) {
    end_->begun(ncclRecv(piece.data(), call.receive.count(), type, call.root, end_->get(), stream), "ncclRecv");
  }
  together.end();
}

void NcclCommunicator::gather(const CollectiveCall& call, cudaStream_t stream) {
  const int device = context_->device();
  const ncclDataType_t type = to_nccl(call.dtype());
  const std::span<std::byte> piece = call.send.raw();
  TogetherOn together{*end_};
  if (rank_ == call.root) {
    std::byte* to = call.receive.raw().data();
    for (int peer = 0; peer < size(); ++peer) {
      const std::size_t count = call.counts[static_cast<std::size_t>(peer)];
      if (peer == rank_)
        copy_own_piece(to, piece.data(), piece.size(), stream, device);
      else if (count > 0)
        end_->begun(ncclRecv(to, count, type, peer, end_->get(), stream), "ncclRecv");
      to += count * size_of(call.dtype());
    }
  } else if (!piece.empty()) {
    end_->begun(ncclSend(piece.data(), call.send.count(), type, call.root, end_->get(), stream), "ncclSend");
  }
  together.end();
}

std::unique_ptr<Communicator> NcclCommunicator::first_ranks(int count) {
  require(count >= 1 && count <= size(), "a subgroup of {} of {} ranks", count, size());
  const CurrentDevice current{context_->device()};
  std::shared_ptr<NcclGroup> subgroup = group_->subgroup(subgroups_++, count);
  if (rank_ >= count) return nullptr;
  auto end = std::make_unique<NcclCommunicator>(rank_, std::move(subgroup), patience_);
  end->log_with(*this);
  return end;
}

}  // namespace lockstep::cuda
