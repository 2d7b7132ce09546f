#include "tests/cuda/conformance/suite.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace lockstep::conformance {
namespace {

constexpr const char* names_of_nccl_results[] = {"ncclSuccess",       "ncclUnhandledCudaError", "ncclSystemError",
                                                 "ncclInternalError", "ncclInvalidArgument",    "ncclInvalidUsage",
                                                 "ncclRemoteError",   "ncclInProgress"};

/// Findings of the fake since the last call; none where there is no fake.
int take_findings() {
  using Take = int (*)();
  static const auto take = reinterpret_cast<Take>(::dlsym(RTLD_DEFAULT, "lockstep_fakecuda_take_findings"));
  return take != nullptr ? take() : 0;
}

bool is_fake() { return ::dlsym(RTLD_DEFAULT, "lockstep_fakecuda_is_loaded") != nullptr; }

/// What the runtime may load when it is first used, and wait for the device to do so, behind closed gates too.
bool load_copies_and_fills() {
  Floats from{{1}};
  Floats to{{0}};
  Pinned pinned{{0}};
  EXPECT_EQ(cudaMemset(from.data(), 0, sizeof(float)), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(to.data(), from.data(), sizeof(float), cudaMemcpyDeviceToDevice), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(pinned.data(), to.data(), sizeof(float), cudaMemcpyDeviceToHost), cudaSuccess);
  return true;
}

std::string name_of_test() {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  return std::string{test.test_suite_name()} + "." + test.name();
}

}  // namespace

std::string text_of(cudaError_t error) { return cudaGetErrorName(error); }
std::string text_of(cublasStatus_t status) { return cublasGetStatusName(status); }

std::string text_of(ncclResult_t result) {
  const auto index = static_cast<std::size_t>(result);
  return index < std::size(names_of_nccl_results) ? names_of_nccl_results[index] : std::to_string(result);
}

std::string text_of(bool answer) { return answer ? "yes" : "no"; }
std::string text_of(const char* text) { return text != nullptr ? text : "nothing"; }

std::string text_of(double value) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.9g", value);
  return text.data();
}

void Conformance::SetUp() {
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  static const bool loaded = load_copies_and_fills();
  ASSERT_TRUE(loaded);
  cudaGetLastError();
}

void Conformance::TearDown() {
  write_line();
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  cudaGetLastError();
  EXPECT_EQ(take_findings(), 0) << "not expected";
}

void Conformance::expect_finding() {
  const int findings = take_findings();
  EXPECT_EQ(findings > 0, is_fake());
}

void Conformance::add_note(const std::string& question, const std::string& answer) {
  line_ += (line_.empty() ? "" : ", ") + question + " = " + answer;
}

void Conformance::write_line() {
  const char* path = std::getenv("LOCKSTEP_TRANSCRIPT");
  if (path != nullptr && !line_.empty()) std::ofstream{path, std::ios::app} << name_of_test() << ": " << line_ << "\n";
  line_.clear();
}

bool Conformance::needs_gpus(int count) {
  int there = 0;
  EXPECT_EQ(cudaGetDeviceCount(&there), cudaSuccess);
  if (there < count) line_ = "skipped";
  return there >= count;
}

Floats::Floats(const std::vector<float>& values) : count_{values.size()} {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, count_ * sizeof(float)), cudaSuccess);
  data_ = static_cast<float*>(memory);
  EXPECT_EQ(cudaMemcpy(data_, values.data(), count_ * sizeof(float), cudaMemcpyHostToDevice), cudaSuccess);
  // A copy from pageable memory may still be on its way, and streams that do not block do not wait for it.
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaSuccess);
}

Floats::~Floats() { EXPECT_EQ(cudaFree(data_), cudaSuccess); }

std::vector<float> Floats::values() const {
  std::vector<float> result(count_);
  EXPECT_EQ(cudaMemcpy(result.data(), data_, count_ * sizeof(float), cudaMemcpyDeviceToHost), cudaSuccess);
  return result;
}

Pinned::Pinned(const std::vector<float>& values) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMallocHost(&memory, values.size() * sizeof(float)), cudaSuccess);
  data_ = static_cast<float*>(memory);
  std::copy(values.begin(), values.end(), data_);
}

Pinned::~Pinned() { EXPECT_EQ(cudaFreeHost(data_), cudaSuccess); }

Stream::Stream(unsigned flags) { EXPECT_EQ(cudaStreamCreateWithFlags(&stream_, flags), cudaSuccess); }
Stream::~Stream() { EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess); }

Event::Event(unsigned flags) { EXPECT_EQ(cudaEventCreateWithFlags(&event_, flags), cudaSuccess); }
Event::~Event() { EXPECT_EQ(cudaEventDestroy(event_), cudaSuccess); }

Gate::Gate(cudaStream_t stream) {
  using Shared = std::shared_ptr<std::atomic<bool>>;
  auto* const mine = new Shared{is_open_};
  const auto wait = [](void* shared) {
    const std::unique_ptr<Shared> state{static_cast<Shared*>(shared)};
    (*state)->wait(false);
  };
  const cudaError_t error = cudaLaunchHostFunc(stream, wait, mine);
  EXPECT_EQ(error, cudaSuccess);
  if (error != cudaSuccess) delete mine;
}

void Gate::open() {
  *is_open_ = true;
  is_open_->notify_all();
}

}  // namespace lockstep::conformance
