// cuBLAS: handles, status codes, products.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

class Blas : public Conformance {
 protected:
  void SetUp() override {
    Conformance::SetUp();
    ASSERT_EQ(cublasCreate(&handle_), CUBLAS_STATUS_SUCCESS);
  }
  void TearDown() override {
    EXPECT_EQ(cublasDestroy(handle_), CUBLAS_STATUS_SUCCESS);
    Conformance::TearDown();
  }

  /// C ← alpha·A·B + beta·C for square matrices of 2 rows.
  cublasStatus_t square(Floats& a, Floats& b, Floats& c, float alpha = 1, float beta = 0) {
    return cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &alpha, a.data(), 2, b.data(), 2, &beta, c.data(),
                       2);
  }
  /// With arguments that are wrong, or that leave nothing to do.
  cublasStatus_t product(int m, int n, int k, int stride_a, int stride_b, int stride_c, float beta = 1) {
    const float alpha = 1;
    return cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &alpha, memory_.data(), stride_a, memory_.data() + 4,
                       stride_b, &beta, memory_.data() + 8, stride_c);
  }

  cublasHandle_t handle_ = nullptr;

 private:
  Floats memory_{std::vector<float>(12, 3)};
};

TEST_F(Blas, MakesHandles) { EXPECT_TRUE(note("made", handle_ != nullptr)); }

TEST_F(Blas, Version) {
  int version = 0;
  EXPECT_EQ(note("cublasGetVersion", cublasGetVersion(handle_, &version)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("major version", version / 10000), 13);
}

TEST_F(Blas, MathModes) {
  for (const cublasMath_t mode :
       {CUBLAS_PEDANTIC_MATH, CUBLAS_TF32_TENSOR_OP_MATH, CUBLAS_TENSOR_OP_MATH, CUBLAS_DEFAULT_MATH})
    EXPECT_EQ(note("mode " + std::to_string(mode), cublasSetMathMode(handle_, mode)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("mode 7", cublasSetMathMode(handle_, static_cast<cublasMath_t>(7))), CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(Blas, UsuallyRoundsNothingAway) {
  const float fine = 1 + std::ldexp(1.0F, -20);  // more than TF32 and BF16 have
  Floats a{{fine, 0, 0, fine}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{0, 0, 0, 0}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c)), CUBLAS_STATUS_SUCCESS);
  EXPECT_THAT(c.values(), ElementsAre(fine, 0, 0, fine));
  EXPECT_TRUE(note("20 bits behind the point", c.values()[0] == fine));
}

TEST_F(Blas, MayRoundFactorsToTf32) {
  EXPECT_EQ(note("cublasSetMathMode", cublasSetMathMode(handle_, CUBLAS_TF32_TENSOR_OP_MATH)), CUBLAS_STATUS_SUCCESS);
  Floats a{{1, 2, 3, 4}};
  Floats b{{1 + std::ldexp(1.0F, -20), 0, 0, 1}};
  Floats c{{0, 0, 0, 0}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c)), CUBLAS_STATUS_SUCCESS);
  EXPECT_TRUE(note("to 10 bits", std::abs(c.values()[0] - 1) <= std::ldexp(1.0F, -10)));
  EXPECT_EQ(note("small whole numbers are exact", c.values()[3]), 4);
}

TEST_F(Blas, BetaOfZeroDoesNotReadC) {
  Floats a{{1, 2, 3, 4}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{nan, nan, nan, nan}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c)), CUBLAS_STATUS_SUCCESS);
  EXPECT_THAT(c.values(), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(note("NaN of C is seen", std::isnan(c.values()[0])));
}

TEST_F(Blas, AlphaAndBetaScale) {
  Floats a{{1, 2, 3, 4}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{10, 20, 30, 40}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c, 2, 0.5F)), CUBLAS_STATUS_SUCCESS);
  EXPECT_THAT(c.values(), ElementsAre(7, 14, 21, 28));
}

TEST_F(Blas, AlphaOfZero) {
  Floats a{{nan, nan, nan, nan}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{1, 2, 3, 4}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c, 0, 2)), CUBLAS_STATUS_SUCCESS);
  note("NaN of A is seen", std::isnan(c.values()[0]));
}

TEST_F(Blas, FactorsAreReadAtTheCall) {
  Stream stream;
  Floats a{{1, 2, 3, 4}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{0, 0, 0, 0}};
  float alpha = 2;
  float beta = 0;
  EXPECT_EQ(note("cublasSetStream", cublasSetStream(handle_, stream)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(square(a, b, c), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  Gate gate{stream};
  EXPECT_EQ(note("cublasSgemm", cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &alpha, a.data(), 2, b.data(),
                                            2, &beta, c.data(), 2)),
            CUBLAS_STATUS_SUCCESS);
  alpha = beta = 100;
  EXPECT_EQ(note("behind a gate", cudaStreamQuery(stream)), cudaErrorNotReady) << "the product waits for its stream";
  gate.open();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(note("value", c.values()[0]), 2);
  EXPECT_EQ(cublasSetStream(handle_, nullptr), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Blas, WhatIsBetweenColumnsStays) {
  Floats a{{1, 2, nan, 3, 4, nan}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{0, 0, 9, 0, 0, 9}};
  const float alpha = 1;
  const float beta = 0;
  EXPECT_EQ(note("cublasSgemm", cublasSgemm(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &alpha, a.data(), 3, b.data(),
                                            2, &beta, c.data(), 3)),
            CUBLAS_STATUS_SUCCESS);
  EXPECT_THAT(c.values(), ElementsAre(1, 2, 9, 3, 4, 9));
}

TEST_F(Blas, SizesThatMakeNoSense) {
  EXPECT_EQ(note("m of -1", product(-1, 2, 2, 2, 2, 2)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("n of -1", product(2, -1, 2, 2, 2, 2)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("k of -1", product(2, 2, -1, 2, 2, 2)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("stride of A", product(2, 2, 2, 1, 2, 2)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("stride of B", product(2, 2, 2, 2, 1, 2)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("stride of C", product(2, 2, 2, 2, 2, 1)), CUBLAS_STATUS_INVALID_VALUE);
}

TEST_F(Blas, NothingToDo) {
  EXPECT_EQ(note("no rows", product(0, 2, 2, 2, 2, 2)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("no columns", product(2, 0, 2, 2, 2, 2)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("no terms", product(2, 2, 0, 2, 2, 2)), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Blas, AWorkspaceOfTheCallers) {
  Floats workspace{std::vector<float>(std::size_t{1} << 20)};
  EXPECT_EQ(note("cublasSetWorkspace", cublasSetWorkspace(handle_, workspace.data(), std::size_t{4} << 20)),
            CUBLAS_STATUS_SUCCESS);
  Floats a{{1, 2, 3, 4}};
  Floats b{{1, 0, 0, 1}};
  Floats c{{0, 0, 0, 0}};
  EXPECT_EQ(note("cublasSgemm", square(a, b, c)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("last", c.values()[3]), 4);
  EXPECT_EQ(cublasSetStream(handle_, nullptr), CUBLAS_STATUS_SUCCESS) << "which goes back to the library's own";
}

TEST_F(Blas, Bf16WithSumsInFloat) {
  const std::vector<unsigned short> ones(4, 0x3F80);
  void* factors = nullptr;
  Floats c{{0, 0, 0, 0}};
  const float alpha = 1;
  const float beta = 0;
  EXPECT_EQ(cudaMalloc(&factors, 8), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(factors, ones.data(), 8, cudaMemcpyHostToDevice), cudaSuccess);
  const auto gemm = [&](cudaDataType b, cublasComputeType_t compute) {
    return cublasGemmEx(handle_, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &alpha, factors, CUDA_R_16BF, 2, factors, b, 2,
                        &beta, c.data(), CUDA_R_32F, 2, compute, CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(note("cublasGemmEx", gemm(CUDA_R_16BF, CUBLAS_COMPUTE_32F)), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(note("value", c.values()[0]), 2);
  EXPECT_EQ(note("with sums in double", gemm(CUDA_R_16BF, CUBLAS_COMPUTE_64F)), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(cudaFree(factors), cudaSuccess);
}

/// C of a product of small whole numbers, which every order of sums gives exactly.
template <typename T>
struct Matrices {
  int m = 3, n = 2, k = 4;
  std::vector<T> a, b, c;

  Matrices() : c(static_cast<std::size_t>(m * n)) {
    for (int i = 0; i < m * k; ++i) a.push_back(static_cast<T>(i % 5 - 2));
    for (int i = 0; i < k * n; ++i) b.push_back(static_cast<T>(i % 7 - 3));
  }
  [[nodiscard]] static T at(const std::vector<T>& matrix, int rows, int columns, bool transposed, int row, int column) {
    return matrix[static_cast<std::size_t>(transposed ? row * columns + column : column * rows + row)];
  }
  [[nodiscard]] std::vector<T> expected(bool transpose_a, bool transpose_b) const {
    std::vector<T> sums(c.size());
    for (int column = 0; column < n; ++column)
      for (int row = 0; row < m; ++row)
        for (int p = 0; p < k; ++p)
          sums[static_cast<std::size_t>(column * m + row)] +=
              at(a, m, k, transpose_a, row, p) * at(b, k, n, transpose_b, p, column);
    return sums;
  }
};

cublasStatus_t gemm(cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as, Matrices<float>& of,
                    const float* a, int stride_a, const float* b, int stride_b, float* c) {
  const float alpha = 1;
  const float beta = 0;
  return cublasSgemm(handle, a_as, b_as, of.m, of.n, of.k, &alpha, a, stride_a, b, stride_b, &beta, c, of.m);
}
cublasStatus_t gemm(cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as, Matrices<double>& of,
                    const double* a, int stride_a, const double* b, int stride_b, double* c) {
  const double alpha = 1;
  const double beta = 0;
  return cublasDgemm(handle, a_as, b_as, of.m, of.n, of.k, &alpha, a, stride_a, b, stride_b, &beta, c, of.m);
}

template <typename T>
T* upload(const std::vector<T>& values) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, values.size() * sizeof(T)), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(memory, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  return static_cast<T*>(memory);
}

/// Whether the product is right; the matrices as they are stored have their shapes turned around where transposed.
template <typename T>
bool is_exact(cublasHandle_t handle, cublasOperation_t a_as, cublasOperation_t b_as) {
  Matrices<T> of;
  T* a = upload(of.a);
  T* b = upload(of.b);
  T* c = upload(of.c);
  const int stride_a = a_as == CUBLAS_OP_N ? of.m : of.k;
  const int stride_b = b_as == CUBLAS_OP_N ? of.k : of.n;
  EXPECT_EQ(gemm(handle, a_as, b_as, of, a, stride_a, b, stride_b, c), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaMemcpy(of.c.data(), c, of.c.size() * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
  for (T* memory : {a, b, c}) EXPECT_EQ(cudaFree(memory), cudaSuccess);
  return of.c == of.expected(a_as != CUBLAS_OP_N, b_as != CUBLAS_OP_N);
}

TEST_F(Blas, EveryTranspose) {
  const std::pair<cublasOperation_t, const char*> operations[] = {
      {CUBLAS_OP_N, "N"}, {CUBLAS_OP_T, "T"}, {CUBLAS_OP_C, "C"}};
  for (const auto& [a_as, a_name] : operations)
    for (const auto& [b_as, b_name] : operations) {
      EXPECT_TRUE(note(std::string{"float "} + a_name + b_name, is_exact<float>(handle_, a_as, b_as)));
      EXPECT_TRUE(note(std::string{"double "} + a_name + b_name, is_exact<double>(handle_, a_as, b_as)));
    }
}

}  // namespace
}  // namespace lockstep::conformance
