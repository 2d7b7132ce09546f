// The products of the faked cuBLAS: checked at the call, computed when the stream comes to them.
#include <algorithm>

#include "tests/doubles/fakecuda/access.hpp"
#include "tests/doubles/fakecuda/capture.hpp"
#include "tests/doubles/fakecuda/cublas_handle.hpp"
#include "tests/doubles/fakecuda/cublas_product.hpp"
#include "tests/doubles/fakecuda/findings.hpp"

using namespace fakecuda;

namespace {

struct Shape {
  cublasOperation_t transpose_a;
  cublasOperation_t transpose_b;
  int m;
  int n;
  int k;
};

/// One operand as the caller gives it.
struct Operand {
  void* data;
  int stride;
};

Operand operand(const void* data, int stride) { return {const_cast<void*>(data), stride}; }

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T || operation == CUBLAS_OP_C;
}

bool is_valid(const Columns& matrix) { return matrix.stride >= std::max(1, matrix.rows); }

void access_columns(const Columns& matrix, Access kind) {
  const std::size_t column_bytes = static_cast<std::size_t>(matrix.rows) * matrix.element_bytes();
  const std::size_t stride_bytes = static_cast<std::size_t>(matrix.stride) * matrix.element_bytes();
  const auto columns = static_cast<std::size_t>(matrix.columns);
  if (column_bytes == stride_bytes) {
    access(matrix.data, column_bytes * columns, kind);
    return;
  }
  for (std::size_t column = 0; column < columns; ++column)
    access(static_cast<std::byte*>(matrix.data) + column * stride_bytes, column_bytes, kind);
}

void run(const Product& product, void* workspace) {
  if (product.alpha != 0 && product.inner != 0) {
    access_columns(product.a, Access::read);
    access_columns(product.b, Access::read);
  }
  if (product.beta != 0) access_columns(product.c, Access::read);
  access_columns(product.c, Access::write);
  // A product may use all of the workspace; two at once must not share it.
  if (workspace != nullptr) access(workspace, 1, Access::write);
  multiply(product);
}

/// `alpha` and `beta` were read from the host.
cublasStatus_t queue_product(Call& call, cublasHandle_t handle, const Shape& shape, Product product) {
  if (!is_operation(shape.transpose_a) || !is_operation(shape.transpose_b) || shape.m < 0 || shape.n < 0 ||
      shape.k < 0 || !is_valid(product.a) || !is_valid(product.b) || !is_valid(product.c))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (shape.m == 0 || shape.n == 0) return CUBLAS_STATUS_SUCCESS;
  Stream* stream = call.runtime.scheduler.find(handle->stream, call.function);
  if (stream == nullptr) return CUBLAS_STATUS_EXECUTION_FAILED;
  if (refused_by_capture(call, *stream, Use::queues) != cudaSuccess) return CUBLAS_STATUS_EXECUTION_FAILED;
  if (stream->capture != nullptr && handle->workspace == nullptr)
    report("no workspace", std::string{call.function} + " is captured with a workspace that is not the caller's");
  queue_or_capture(call, *stream,
                   {call.function, [product, workspace = handle->workspace] { run(product, workspace); }});
  return CUBLAS_STATUS_SUCCESS;
}

Product make_product(const Shape& shape, Operand a, Storage a_storage, Operand b, Storage b_storage, Operand c,
                     Storage c_storage) {
  const bool transpose_a = shape.transpose_a != CUBLAS_OP_N;
  const bool transpose_b = shape.transpose_b != CUBLAS_OP_N;
  Product product;
  product.transpose_a = transpose_a;
  product.transpose_b = transpose_b;
  product.a = {a.data, transpose_a ? shape.k : shape.m, transpose_a ? shape.m : shape.k, a.stride, a_storage};
  product.b = {b.data, transpose_b ? shape.n : shape.k, transpose_b ? shape.k : shape.n, b.stride, b_storage};
  product.c = {c.data, shape.m, shape.n, c.stride, c_storage};
  product.inner = shape.k;
  return product;
}

/// What the product makes of float operands.
Storage float_storage(const cublasContext& context) {
  return (static_cast<unsigned>(context.math) & 0xFU) == CUBLAS_TF32_TENSOR_OP_MATH ? Storage::tf32 : Storage::f32;
}

/// Factors are the host's, unless a mode that is not faked says otherwise.
template <typename T>
double factor(const void* pointer) {
  access(pointer, sizeof(T), Access::read);
  return static_cast<double>(*static_cast<const T*>(pointer));
}

template <typename T>
cublasStatus_t gemm(const char* function, cublasHandle_t handle, const Shape& shape, const T* alpha, const T* a,
                    int a_stride, const T* b, int b_stride, const T* beta, T* c, int c_stride) {
  Call call{function};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_EXECUTION_FAILED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const cublasStatus_t status = check_for_work(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  if (alpha == nullptr || beta == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  const Storage in = std::is_same_v<T, double> ? Storage::f64 : float_storage(*handle);
  const Storage out = std::is_same_v<T, double> ? Storage::f64 : Storage::f32;
  Product product = make_product(shape, operand(a, a_stride), in, operand(b, b_stride), in, operand(c, c_stride), out);
  product.alpha = factor<T>(alpha);
  product.beta = factor<T>(beta);
  return queue_product(call, handle, shape, product);
}

struct Types {
  bool supported = false;
  Storage in = Storage::f32;
  Storage out = Storage::f32;
};

/// The combinations that are faked: float, double, and bf16 with sums in float.
Types types_of(const cublasContext& context, cudaDataType a, cudaDataType b, cudaDataType c,
               cublasComputeType_t compute) {
  if (a != b) return {};
  const bool in_float = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC;
  const bool in_tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  const bool in_double = compute == CUBLAS_COMPUTE_64F || compute == CUBLAS_COMPUTE_64F_PEDANTIC;
  if (a == CUDA_R_64F && c == CUDA_R_64F && in_double) return {true, Storage::f64, Storage::f64};
  if (a == CUDA_R_32F && c == CUDA_R_32F && in_tf32) return {true, Storage::tf32, Storage::f32};
  if (a == CUDA_R_32F && c == CUDA_R_32F && in_float)
    return {true, compute == CUBLAS_COMPUTE_32F ? float_storage(context) : Storage::f32, Storage::f32};
  if (a == CUDA_R_16BF && in_float && (c == CUDA_R_32F || c == CUDA_R_16BF))
    return {true, Storage::bf16, c == CUDA_R_32F ? Storage::f32 : Storage::bf16};
  return {};
}

}  // namespace

extern "C" {

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b,
                              int m, int n, int k, const float* alpha, const float* a, int a_stride, const float* b,
                              int b_stride, const float* beta, float* c, int c_stride) {
  return gemm("cublasSgemm", handle, {transpose_a, transpose_b, m, n, k}, alpha, a, a_stride, b, b_stride, beta, c,
              c_stride);
}

cublasStatus_t cublasDgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b,
                              int m, int n, int k, const double* alpha, const double* a, int a_stride, const double* b,
                              int b_stride, const double* beta, double* c, int c_stride) {
  return gemm("cublasDgemm", handle, {transpose_a, transpose_b, m, n, k}, alpha, a, a_stride, b, b_stride, beta, c,
              c_stride);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                            int n, int k, const void* alpha, const void* a, cudaDataType a_type, int a_stride,
                            const void* b, cudaDataType b_type, int b_stride, const void* beta, void* c,
                            cudaDataType c_type, int c_stride, cublasComputeType_t compute, cublasGemmAlgo_t) {
  Call call{"cublasGemmEx"};
  if (const cublasStatus_t status = injected(call, CUBLAS_STATUS_EXECUTION_FAILED); status != CUBLAS_STATUS_SUCCESS)
    return status;
  if (const cublasStatus_t status = check_for_work(call, handle); status != CUBLAS_STATUS_SUCCESS) return status;
  if (alpha == nullptr || beta == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  const Types types = types_of(*handle, a_type, b_type, c_type, compute);
  if (!types.supported) return CUBLAS_STATUS_NOT_SUPPORTED;
  const Shape shape{transpose_a, transpose_b, m, n, k};
  Product product = make_product(shape, operand(a, a_stride), types.in, operand(b, b_stride), types.in,
                                 operand(c, c_stride), types.out);
  const bool in_double = types.out == Storage::f64;
  product.alpha = in_double ? factor<double>(alpha) : factor<float>(alpha);
  product.beta = in_double ? factor<double>(beta) : factor<float>(beta);
  return queue_product(call, handle, shape, product);
}

}  // extern "C"
