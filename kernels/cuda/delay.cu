#include "kernels/cuda/bodies/delay.cuh"
#include "kernels/cuda/delay.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

/// One element past what other kernels use.
unsigned long long* start_of(const CudaQueue& queue) {
  return reinterpret_cast<unsigned long long*>(queue.scratch + CudaQueue::scratch_size);
}

}  // namespace

void begin_slowed(const CudaQueue& queue) {
  device::note_time<<<1, 1, 0, queue.stream>>>(start_of(queue));
  cuda::check_launch("begin_slowed");
}

void end_slowed(const CudaQueue& queue, double factor) {
  device::wait_longer<<<1, 1, 0, queue.stream>>>(start_of(queue), factor);
  cuda::check_launch("end_slowed");
}

}  // namespace lockstep::kernels
