#include "kernels/cuda/gemm.hpp"

#include <limits>

#include "kernels/check.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {
namespace {

cublasOperation_t to_cublas(Transpose transpose) { return transpose == Transpose::yes ? CUBLAS_OP_T : CUBLAS_OP_N; }

cublasStatus_t multiply(cublasHandle_t blas, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
                        const float* alpha, const float* a, int stride_a, const float* b, int stride_b,
                        const float* beta, float* c, int stride_c) {
  return cublasSgemm(blas, a_as, b_as, m, n, k, alpha, a, stride_a, b, stride_b, beta, c, stride_c);
}

cublasStatus_t multiply(cublasHandle_t blas, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
                        const double* alpha, const double* a, int stride_a, const double* b, int stride_b,
                        const double* beta, double* c, int stride_c) {
  return cublasDgemm(blas, a_as, b_as, m, n, k, alpha, a, stride_a, b, stride_b, beta, c, stride_c);
}

cublasStatus_t multiply(cublasHandle_t blas, cublasOperation_t a_as, cublasOperation_t b_as, int m, int n, int k,
                        const float* alpha, const BFloat16* a, int stride_a, const BFloat16* b, int stride_b,
                        const float* beta, BFloat16* c, int stride_c) {
  return cublasGemmEx(blas, a_as, b_as, m, n, k, alpha, a, CUDA_R_16BF, stride_a, b, CUDA_R_16BF, stride_b, beta, c,
                      CUDA_R_16BF, stride_c, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
}

template <typename T>
void gemm_of(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
             std::size_t k, std::span<const T> a, std::span<const T> b, Into into, std::span<T> c) {
  constexpr std::size_t largest = std::numeric_limits<int>::max();
  check(m <= largest && n <= largest && k <= largest, "gemm", "a dimension exceeds the index type of cuBLAS");
  check_size("gemm", "a", a.size(), m * k);
  check_size("gemm", "b", b.size(), k * n);
  check_size("gemm", "c", c.size(), m * n);
  if (c.empty()) return;
  if (k == 0) {  // a sum of no terms
    if (into == Into::overwrite)
      cuda::check_call(cudaMemsetAsync(c.data(), 0, c.size_bytes(), queue.stream), "cudaMemsetAsync");
    return;
  }
  // cuBLAS counts in columns: what it sees of a row-major matrix is the transpose, and Cᵀ = op(B)ᵀ·op(A)ᵀ.
  const Wide<T> one{1};
  const Wide<T> beta{into == Into::add ? Wide<T>{1} : Wide<T>{0}};
  const auto stride_a = static_cast<int>(transpose_a == Transpose::yes ? m : k);
  const auto stride_b = static_cast<int>(transpose_b == Transpose::yes ? k : n);
  cuda::check_call(
      multiply(queue.blas, to_cublas(transpose_b), to_cublas(transpose_a), static_cast<int>(n), static_cast<int>(m),
               static_cast<int>(k), &one, b.data(), stride_b, a.data(), stride_a, &beta, c.data(), static_cast<int>(n)),
      "cublas gemm");
}

}  // namespace

void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const float> a, std::span<const float> b, Into into, std::span<float> c) {
  gemm_of(queue, transpose_a, transpose_b, m, n, k, a, b, into, c);
}

void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const double> a, std::span<const double> b, Into into, std::span<double> c) {
  gemm_of(queue, transpose_a, transpose_b, m, n, k, a, b, into, c);
}
void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const BFloat16> a, std::span<const BFloat16> b, Into into, std::span<BFloat16> c) {
  gemm_of(queue, transpose_a, transpose_b, m, n, k, a, b, into, c);
}

}  // namespace lockstep::kernels
