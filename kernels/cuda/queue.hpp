// Where the CUDA bodies of kernels put their work. Free of CUDA's headers, so that any floor may name it.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

// CUDA's own names for what cudaStream_t and cublasHandle_t point to.
struct CUstream_st;
struct cublasContext;

namespace lockstep::kernels {

/// A stream of the device that is current on the calling thread, and what kernels need beside it. The launchers that
/// take one only queue; spans are memory of that device. They throw CudaLaunchError when the work cannot be queued, and
/// std::invalid_argument as their CPU bodies do.
struct CudaQueue {
  /// Doubles that kernels of one stream may use between two launches of the same call.
  static constexpr std::size_t scratch_size = 1024;

  CUstream_st* stream = nullptr;
  cublasContext* blas = nullptr;  // set to this stream; its math mode says whether products may round to TF32
  double* scratch = nullptr;      // [scratch_size + 1], on the device; the last is for kernels/cuda/delay.hpp
};

/// A kernel or library call that could not be queued. The message names both.
class CudaLaunchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lockstep::kernels
