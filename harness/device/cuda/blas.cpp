#include "harness/device/cuda/blas.hpp"

#include <algorithm>

#include "kernels/cuda/launch.hpp"

namespace lockstep::cuda {
namespace {

using kernels::cuda::check_call;

/// What NVIDIA recommends (cuBLAS, cublasSetWorkspace), or a 64th of a small GPU: several streams' must fit into the
/// 16th that open_world leaves to libraries.
std::size_t workspace_bytes(int device) {
  int major = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "cudaDeviceGetAttribute", device);
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo", device);
  return std::min(major == 9 ? 32 * MiB : 4 * MiB, total / 64);
}

OwnedMemory make_workspace(int device, std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc", device, bytes);
  return OwnedMemory{memory};
}

/// Products of bf16 must not keep parts of their sums in bf16, as cuBLAS else may where it splits a long sum.
cublasMath_t math_mode(bool tf32) {
  constexpr unsigned sums_in_float = CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  return static_cast<cublasMath_t>(sums_in_float | (tf32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH));
}

}  // namespace

Blas make_blas(const Context& context, cudaStream_t stream) {
  Blas blas;
  cublasHandle_t handle = nullptr;
  check_call(cublasCreate(&handle), "cublasCreate");
  blas.handle = OwnedBlas{handle};
  check_call(cublasSetStream(handle, stream), "cublasSetStream");
  check_call(cublasSetMathMode(handle, math_mode(context.allows_tf32())), "cublasSetMathMode");
  if (context.is_shared()) return blas;
  const std::size_t bytes = workspace_bytes(context.device());
  blas.workspace = make_workspace(context.device(), bytes);
  check_call(cublasSetWorkspace(handle, blas.workspace.get(), bytes), "cublasSetWorkspace");  // after cublasSetStream
  return blas;
}

}  // namespace lockstep::cuda
