// What the tests of the conformance suite share.
//
// A test asserts what CUDA's documentation promises, and notes what the runtime answered, promised or not. The notes of
// a test are one line of the transcript, a file named by $LOCKSTEP_TRANSCRIPT. Nothing is noted that may be another on
// another GPU: no addresses, sizes or times.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <nccl.h>

#include <atomic>
#include <concepts>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::conformance {

std::string text_of(cudaError_t error);
std::string text_of(cublasStatus_t status);
std::string text_of(ncclResult_t result);
std::string text_of(bool answer);
std::string text_of(const char* text);
std::string text_of(double value);
inline std::string text_of(float value) { return text_of(static_cast<double>(value)); }
std::string text_of(std::integral auto value) { return std::to_string(value); }

class Conformance : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Adds to the test's line, and gives the answer back for an assertion.
  template <typename T>
  T note(const std::string& question, T answer) {
    add_note(question, text_of(answer));
    return answer;
  }

  /// What was just done was wrong on purpose: the fake says so, a real runtime says nothing.
  static void expect_finding();

  /// Writes the test's line: for a process that ends inside of a test.
  void write_line();
  /// The test needs this many GPUs. Returns whether they are there; its line says so when not.
  bool needs_gpus(int count);

 private:
  void add_note(const std::string& question, const std::string& answer);

  std::string line_;
};

/// Device memory for floats, freed with it.
class Floats {
 public:
  explicit Floats(const std::vector<float>& values);
  ~Floats();
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  float* data() { return data_; }
  /// Waits for the default stream.
  std::vector<float> values() const;

 private:
  std::size_t count_;
  float* data_ = nullptr;
};

/// Page-locked host memory for floats.
class Pinned {
 public:
  explicit Pinned(const std::vector<float>& values);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  float* data() { return data_; }
  float& operator[](std::size_t i) { return data_[i]; }

 private:
  float* data_ = nullptr;
};

class Stream {
 public:
  explicit Stream(unsigned flags = cudaStreamNonBlocking);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  operator cudaStream_t() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

class Event {
 public:
  explicit Event(unsigned flags = cudaEventDefault);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  operator cudaEvent_t() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Holds a stream where it is, by a host function, until it is opened or gone: what is queued behind has not run for
/// sure, on any runtime and without a time. A kernel that is launched behind it must have run before: CUDA loads
/// kernels at their first launch, and may wait for the device to do so.
class Gate {
 public:
  explicit Gate(cudaStream_t stream);
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open();

 private:
  std::shared_ptr<std::atomic<bool>> is_open_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace lockstep::conformance
