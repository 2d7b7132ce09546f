// Kernels for tests of the fake, written as plain functions that say what they access.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace fakecuda_tests {

/// gradients[i] ← weights[i] · inputs[i]
cudaError_t launch_gradient(const float* weights, const float* inputs, float* gradients, int n, cudaStream_t stream);
/// weights[i] ← weights[i] − gradients[i] / 8
cudaError_t launch_update(float* weights, const float* gradients, int n, cudaStream_t stream);
/// A launch of `update` with more threads in a block than there can be, as <<<>>> makes it: nobody sees the code.
void launch_too_many_threads(cudaStream_t stream);

/// What instrumented host code tells the detectors.
void host_writes(float* values, int n, float value);
float host_reads(const float* values, int n);

}  // namespace fakecuda_tests
