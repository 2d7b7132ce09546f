// A GPU that is slower than it is.
#pragma once

#include "kernels/cuda/queue.hpp"

namespace lockstep::kernels {

/// Around the launch of a kernel: what the stream did between the two takes `factor` ≥ 1 times as long, by the GPU's
/// clock.
void begin_slowed(const CudaQueue& queue);
void end_slowed(const CudaQueue& queue, double factor);

}  // namespace lockstep::kernels
