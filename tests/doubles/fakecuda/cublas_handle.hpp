// The handles of the faked cuBLAS.
#pragma once

#include <cublas_v2.h>

#include <cstddef>

#include "tests/doubles/fakecuda/calls.hpp"

/// What a cublasHandle_t points to. Never freed, so that a stale handle is recognised.
struct cublasContext {
  int device = 0;
  bool alive = true;
  cudaStream_t stream = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
  void* workspace = nullptr;  // the caller's; null: the library's own
  std::size_t workspace_bytes = 0;
};

namespace fakecuda {

/// Success when the handle is alive; reports anything else.
cublasStatus_t check_handle(const Call& call, cublasHandle_t handle);

/// The same, and that work may be queued with it: the current device is the handle's and has not failed.
cublasStatus_t check_for_work(const Call& call, cublasHandle_t handle);

/// The injected failure of the call as a status; success when there is none.
inline cublasStatus_t injected(const Call& call, cublasStatus_t usual) {
  const int code = call.failure(usual);
  return static_cast<cublasStatus_t>(code);
}

}  // namespace fakecuda
