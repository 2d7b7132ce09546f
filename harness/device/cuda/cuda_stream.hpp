// Streams and events of a GPU.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/device/cuda/blas.hpp"
#include "harness/device/cuda/context.hpp"
#include "harness/device/cuda/launches.hpp"
#include "harness/device/stream.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep::cuda {

/// Copies between the host's pageable memory and the GPU go through page-locked memory, so that they do not stop the
/// host. What arrives for the host is handed over when somebody has waited for the stream.
class StagedCopies {
 public:
  explicit StagedCopies(std::shared_ptr<Context> context) : context_{std::move(context)} {}
  ~StagedCopies() { give_up(); }
  StagedCopies(const StagedCopies&) = delete;
  StagedCopies& operator=(const StagedCopies&) = delete;

  /// Keeps `block` until the stream has read it.
  void add_in(OwnedEvent read, std::shared_ptr<std::byte[]> block);
  /// `block` holds what belongs to `host` once the stream is past position `position`.
  void add_out(std::uint64_t position, std::shared_ptr<std::byte[]> block, std::span<std::byte> host);
  /// The stream is past `position`: hands over.
  void passed(std::uint64_t position);
  /// Waiting failed: whoever waited for results has given up, and they may have nowhere to go.
  void give_up();

 private:
  struct In {
    OwnedEvent read;
    std::shared_ptr<std::byte[]> block;
  };
  struct Out {
    std::uint64_t position;
    std::shared_ptr<std::byte[]> block;
    std::span<std::byte> host;
  };
  /// Takes back what the stream has read.
  void sweep();

  std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::deque<In> ins_;
  std::deque<Out> outs_;
};

class CudaEvent : public Event::State {
 public:
  /// Recorded by whoever makes it.
  CudaEvent(std::shared_ptr<Context> context, std::shared_ptr<StagedCopies> copies, std::uint64_t position);
  ~CudaEvent() override;

  void wait() const override;
  [[nodiscard]] bool is_reached() const noexcept override { return query(event_.get()) == cudaSuccess; }
  /// Of two GPUs: by way of the host's clock, within about 20 µs (Context::anchor).
  [[nodiscard]] Seconds since(const State& earlier) const override;
  [[nodiscard]] cudaEvent_t get() const { return event_.get(); }

 private:
  /// On the host's clock.
  [[nodiscard]] std::chrono::duration<double> host_time() const;

  std::shared_ptr<Context> context_;
  std::shared_ptr<StagedCopies> copies_;
  std::uint64_t position_;
  std::shared_ptr<const Anchor> anchor_;
  OwnedEvent event_;
};

class CudaStream : public Stream {
 public:
  explicit CudaStream(std::shared_ptr<Context> context);
  /// Waits for the queued work; results that nobody has waited for stay where they are.
  ~CudaStream() override;

  void run(Kernel kernel) override;
  Event record() override;
  void wait(const Event& event) override;
  void synchronize() override;
  /// As graphs; see Launches.
  void repeated(const std::function<void()>& work) override;
  /// By NVTX, which costs next to nothing while no profiler listens.
  void open_range(const char* name) override;
  void close_range() override;
  void copy_in(std::span<const std::byte> host, const Tensor& tensor) override;
  void copy_out(const Tensor& tensor, std::span<std::byte> host) override;

  /// For work that does not come as kernels; behind all that does.
  [[nodiscard]] cudaStream_t get();
  [[nodiscard]] const std::shared_ptr<Context>& context() const { return context_; }

 private:
  /// What kernels get. Makes cuBLAS's handle and the scratch memory on first use.
  const kernels::CudaQueue& queue();
  /// Before anything else than a kernel is queued.
  void queue_collected();

  std::shared_ptr<Context> context_;
  std::shared_ptr<StagedCopies> copies_;
  std::uint64_t position_ = 0;  // events and copies so far
  OwnedStream stream_;
  OwnedMemory scratch_;
  Blas blas_;
  kernels::CudaQueue queue_;
  bool is_collecting_ = false;
  std::vector<Kernel> collected_;  // of repeated work, not queued yet
  Launches launches_;
};

/// The stream of this backend behind `stream` and its decorators. Throws InternalError for another backend's.
CudaStream& cuda_stream(Stream& stream);

}  // namespace lockstep::cuda
