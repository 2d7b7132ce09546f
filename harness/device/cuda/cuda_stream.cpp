#include "harness/device/cuda/cuda_stream.hpp"

#include <nvtx3/nvToolsExt.h>

#include <cstring>

#include "harness/device/forwarding.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::cuda {
namespace {

/// Larger results are copied straight to the host's memory, for which the host waits; they belong to no step.
constexpr std::size_t largest_staged_result = 4 * MiB;

cudaStream_t make_stream(int device) {
  const CurrentDevice current{device};
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags", device);
  return stream;
}

OwnedMemory make_scratch(int device) {
  constexpr std::size_t bytes = (kernels::CudaQueue::scratch_size + 1) * sizeof(double);
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc", device, bytes);
  return OwnedMemory{memory};
}

void wait_and_hand_over(Context& context, StagedCopies& copies, std::uint64_t position, const auto& query,
                        const char* call) {
  try {
    context.wait_until(query, call);
  } catch (...) {
    copies.give_up();
    throw;
  }
  copies.passed(position);
}

}  // namespace

void StagedCopies::sweep() {
  while (!ins_.empty() && query(ins_.front().read.get()) == cudaSuccess) {
    context_->give_back(std::move(ins_.front().read));
    ins_.pop_front();
  }
}

void StagedCopies::add_in(OwnedEvent read, std::shared_ptr<std::byte[]> block) {
  const std::lock_guard lock{mutex_};
  sweep();
  ins_.push_back({std::move(read), std::move(block)});
}

void StagedCopies::add_out(std::uint64_t position, std::shared_ptr<std::byte[]> block, std::span<std::byte> host) {
  const std::lock_guard lock{mutex_};
  outs_.push_back({position, std::move(block), host});
}

void StagedCopies::passed(std::uint64_t position) {
  const std::lock_guard lock{mutex_};
  while (!outs_.empty() && outs_.front().position <= position) {
    const Out& out = outs_.front();
    std::memcpy(out.host.data(), out.block.get(), out.host.size());
    outs_.pop_front();
  }
}

void StagedCopies::give_up() {
  const std::lock_guard lock{mutex_};
  sweep();
  for (In& in : ins_) context_->abandon(std::move(in.block));
  for (Out& out : outs_) context_->abandon(std::move(out.block));
  ins_.clear();
  outs_.clear();
}

CudaEvent::CudaEvent(std::shared_ptr<Context> context, std::shared_ptr<StagedCopies> copies, std::uint64_t position)
    : context_{std::move(context)},
      copies_{std::move(copies)},
      position_{position},
      anchor_{context_->latest_anchor()},
      event_{context_->take_event()} {}

CudaEvent::~CudaEvent() { context_->give_back(std::move(event_)); }

void CudaEvent::wait() const {
  wait_and_hand_over(
      *context_, *copies_, position_, [this] { return query(event_.get()); }, "cudaEventQuery");
}

Seconds CudaEvent::since(const State& earlier) const {
  const auto& start = static_cast<const CudaEvent&>(earlier);
  start.wait();
  wait();
  if (start.context_->device() != context_->device()) return host_time() - start.host_time();
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, start.event_.get(), event_.get()), "cudaEventElapsedTime",
        context_->device());
  return Seconds{static_cast<double>(milliseconds) / 1e3};
}

std::chrono::duration<double> CudaEvent::host_time() const {
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, anchor_->event.get(), event_.get()), "cudaEventElapsedTime",
        context_->device());
  return anchor_->host.time_since_epoch() + std::chrono::duration<double, std::milli>{milliseconds};
}

CudaStream::CudaStream(std::shared_ptr<Context> context)
    : context_{std::move(context)},
      copies_{std::make_shared<StagedCopies>(context_)},
      stream_{make_stream(context_->device())},
      launches_{context_} {
  queue_.stream = stream_.get();
}

CudaStream::~CudaStream() {
  try {
    context_->wait_until([this] { return query(stream_.get()); }, "cudaStreamQuery");
  } catch (...) {  // the work will not be done; whoever waited for it heard why
  }
}

const kernels::CudaQueue& CudaStream::queue() {
  if (queue_.blas == nullptr) {
    scratch_ = make_scratch(context_->device());
    queue_.scratch = static_cast<double*>(scratch_.get());
    blas_ = make_blas(*context_, stream_.get());
    queue_.blas = blas_.handle.get();
  }
  return queue_;
}

void CudaStream::run(Kernel kernel) {
  if (is_collecting_) {
    collected_.push_back(std::move(kernel));
    return;
  }
  const CurrentDevice current{context_->device()};
  launches_.queue_one(kernel, queue());
}

void CudaStream::repeated(const std::function<void()>& work) {
  if (is_collecting_ || !context_->launches_graphs()) return work();
  is_collecting_ = true;
  try {
    work();
  } catch (...) {
    is_collecting_ = false;
    collected_.clear();
    throw;
  }
  is_collecting_ = false;
  queue_collected();
}

void CudaStream::queue_collected() {
  if (collected_.empty()) return;
  const std::vector<Kernel> kernels = std::exchange(collected_, {});
  const CurrentDevice current{context_->device()};
  launches_.queue(kernels, queue());
}

cudaStream_t CudaStream::get() {
  queue_collected();
  return stream_.get();
}

Event CudaStream::record() {
  queue_collected();
  const CurrentDevice current{context_->device()};
  auto event = std::make_shared<CudaEvent>(context_, copies_, position_++);
  check(cudaEventRecord(event->get(), stream_.get()), "cudaEventRecord", context_->device());
  return Event{std::move(event)};
}

void CudaStream::wait(const Event& event) {
  queue_collected();
  const CurrentDevice current{context_->device()};
  check(cudaStreamWaitEvent(stream_.get(), static_cast<const CudaEvent&>(event.state()).get(), 0),
        "cudaStreamWaitEvent", context_->device());
}

void CudaStream::synchronize() {
  queue_collected();
  wait_and_hand_over(
      *context_, *copies_, position_, [this] { return query(stream_.get()); }, "cudaStreamQuery");
}

void CudaStream::open_range(const char* name) { nvtxRangePushA(name); }

void CudaStream::close_range() { nvtxRangePop(); }

void CudaStream::copy_in(std::span<const std::byte> host, const Tensor& tensor) {
  require(host.size() == tensor.bytes(), "copy_in: {} bytes into a tensor of {}", host.size(), tensor.bytes());
  if (host.empty()) return;
  queue_collected();
  const CurrentDevice current{context_->device()};
  auto block = context_->take_pinned(host.size());
  std::memcpy(block.get(), host.data(), host.size());
  check(cudaMemcpyAsync(tensor.raw().data(), block.get(), host.size(), cudaMemcpyHostToDevice, stream_.get()),
        "cudaMemcpyAsync to the device", context_->device(), host.size());
  OwnedEvent read = context_->take_event();
  check(cudaEventRecord(read.get(), stream_.get()), "cudaEventRecord", context_->device());
  copies_->add_in(std::move(read), std::move(block));
}

void CudaStream::copy_out(const Tensor& tensor, std::span<std::byte> host) {
  require(host.size() == tensor.bytes(), "copy_out: a tensor of {} bytes into {}", tensor.bytes(), host.size());
  if (host.empty()) return;
  queue_collected();
  const CurrentDevice current{context_->device()};
  const bool is_staged = host.size() <= largest_staged_result;
  auto block = is_staged ? context_->take_pinned(host.size()) : nullptr;
  check(cudaMemcpyAsync(is_staged ? block.get() : host.data(), tensor.raw().data(), host.size(), cudaMemcpyDeviceToHost,
                        stream_.get()),
        "cudaMemcpyAsync to the host", context_->device(), host.size());
  if (is_staged) copies_->add_out(position_++, std::move(block), host);
}

CudaStream& cuda_stream(Stream& stream) {
  if (auto* const decorated = dynamic_cast<ForwardingStream*>(&stream)) return cuda_stream(decorated->inner());
  auto* const found = dynamic_cast<CudaStream*>(&stream);
  require(found != nullptr, "a stream of another backend was given to a GPU");
  return *found;
}

}  // namespace lockstep::cuda
