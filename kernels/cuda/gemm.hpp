// Matrix product on a GPU, by cuBLAS. Shapes and errors: kernels/gemm.hpp.
#pragma once

#include "kernels/cuda/queue.hpp"
#include "kernels/gemm.hpp"

namespace lockstep::kernels {

/// Inputs and sums are fp32 (TF32 inputs where the handle's math mode allows it). The same call on the same GPU gives
/// the same bits, because each stream has a cuBLAS handle and a workspace of its own.
void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const float> a, std::span<const float> b, Into into, std::span<float> c);
void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const double> a, std::span<const double> b, Into into, std::span<double> c);
/// Products and sums are fp32, and each element of c is rounded once.
void gemm(const CudaQueue& queue, Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n,
          std::size_t k, std::span<const BFloat16> a, std::span<const BFloat16> b, Into into, std::span<BFloat16> c);

}  // namespace lockstep::kernels
