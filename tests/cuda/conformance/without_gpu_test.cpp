// What the libraries answer on a machine without a GPU too, where these tests hold the fake against them.
#include "tests/cuda/conformance/suite.hpp"

namespace lockstep::conformance {
namespace {

class WithoutGpu : public Conformance {
 protected:
  void SetUp() override {}
  void TearDown() override { write_line(); }
};

TEST_F(WithoutGpu, NamesOfErrors) {
  EXPECT_STREQ(note("name", cudaGetErrorName(cudaErrorInvalidValue)), "cudaErrorInvalidValue");
  note("unknown", cudaGetErrorName(static_cast<cudaError_t>(997)));
}

TEST_F(WithoutGpu, TextsOfErrors) {
  for (const cudaError_t error : {cudaSuccess,
                                  cudaErrorInvalidValue,
                                  cudaErrorMemoryAllocation,
                                  cudaErrorInitializationError,
                                  cudaErrorInvalidConfiguration,
                                  cudaErrorInvalidMemcpyDirection,
                                  cudaErrorInvalidDeviceFunction,
                                  cudaErrorNoDevice,
                                  cudaErrorInvalidDevice,
                                  cudaErrorInvalidResourceHandle,
                                  cudaErrorNotReady,
                                  cudaErrorIllegalAddress,
                                  cudaErrorLaunchOutOfResources,
                                  cudaErrorLaunchTimeout,
                                  cudaErrorPeerAccessAlreadyEnabled,
                                  cudaErrorPeerAccessUnsupported,
                                  cudaErrorLaunchFailure,
                                  cudaErrorNotPermitted,
                                  cudaErrorNotSupported,
                                  cudaErrorInsufficientDriver,
                                  cudaErrorECCUncorrectable,
                                  cudaErrorAssert,
                                  cudaErrorHardwareStackError,
                                  cudaErrorIllegalInstruction,
                                  cudaErrorMisalignedAddress,
                                  cudaErrorInvalidAddressSpace,
                                  cudaErrorInvalidPc,
                                  cudaErrorUnknown,
                                  static_cast<cudaError_t>(997)})
    note(std::to_string(error), cudaGetErrorString(error));
}

TEST_F(WithoutGpu, NamesOfBlasStatusCodes) {
  EXPECT_STREQ(cublasGetStatusName(CUBLAS_STATUS_EXECUTION_FAILED), "CUBLAS_STATUS_EXECUTION_FAILED");
  for (int status = 0; status < 18; ++status)
    note(std::to_string(status), cublasGetStatusName(static_cast<cublasStatus_t>(status)));
}

TEST_F(WithoutGpu, TextsOfBlasStatusCodes) {
  for (int status = 0; status < 18; ++status)
    note(std::to_string(status), cublasGetStatusString(static_cast<cublasStatus_t>(status)));
}

TEST_F(WithoutGpu, TextsOfNcclResults) {
  for (int result = 0; result < 8; ++result)
    note(std::to_string(result), ncclGetErrorString(static_cast<ncclResult_t>(result)));
}

TEST_F(WithoutGpu, NoBlasHandle) {
  const float one = 1;
  float c = 0;
  int version = 0;
  EXPECT_EQ(note("cublasCreate", cublasCreate(nullptr)), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(note("cublasSetStream", cublasSetStream(nullptr, nullptr)), CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(note("cublasSetMathMode", cublasSetMathMode(nullptr, CUBLAS_DEFAULT_MATH)), CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(
      note("cublasSgemm", cublasSgemm(nullptr, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, &one, 1, &one, 1, &one, &c, 1)),
      CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT_EQ(note("cublasDestroy", cublasDestroy(nullptr)), CUBLAS_STATUS_NOT_INITIALIZED);
  note("cublasGetVersion", cublasGetVersion(nullptr, &version));
}

TEST_F(WithoutGpu, NoCommunicator) {
  float value = 0;
  int count = 0;
  EXPECT_EQ(note("ncclAllReduce", ncclAllReduce(&value, &value, 1, ncclFloat32, ncclSum, nullptr, nullptr)),
            ncclInvalidArgument);
  EXPECT_EQ(note("ncclCommCount", ncclCommCount(nullptr, &count)), ncclInvalidArgument);
  expect_finding();
  note("ncclCommFinalize", ncclCommFinalize(nullptr));
  note("ncclCommAbort", ncclCommAbort(nullptr));
  note("ncclCommDestroy", ncclCommDestroy(nullptr));
}

TEST_F(WithoutGpu, NoCommunicatorInAGroup) {
  float value = 0;
  EXPECT_EQ(note("ncclGroupStart", ncclGroupStart()), ncclSuccess);
  EXPECT_EQ(note("ncclBroadcast", ncclBroadcast(&value, &value, 1, ncclFloat32, 0, nullptr, nullptr)),
            ncclInvalidArgument);
  expect_finding();
  EXPECT_EQ(note("ncclGroupEnd", ncclGroupEnd()), ncclInvalidArgument);
  EXPECT_EQ(note("next group", ncclGroupStart()), ncclSuccess);
  EXPECT_EQ(note("and its end", ncclGroupEnd()), ncclSuccess);
}

TEST_F(WithoutGpu, AGroupThatNobodyStarted) {
  EXPECT_EQ(note("ncclGroupEnd", ncclGroupEnd()), ncclInvalidUsage);
  expect_finding();
}

}  // namespace
}  // namespace lockstep::conformance
