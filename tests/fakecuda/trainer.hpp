// One rank of a small data-parallel training: gradients in two buckets, reduced on a second stream.
#pragma once

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <stdexcept>
#include <string>

namespace fakecuda_tests {

inline void require(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error{cudaGetErrorName(error)};
}
inline void require(ncclResult_t result) {
  if (result != ncclSuccess) throw std::runtime_error{ncclGetErrorString(result)};
}

/// Whether the fault of this name is planted in this run.
bool planted(const std::string& fault);
void plant(const std::string& fault);

inline constexpr int ranks = 3;
inline constexpr int faulty_rank = 1;
inline constexpr int steps = 3;
inline constexpr int buckets = 2;
inline constexpr int bucket_size[buckets] = {96, 160};
inline constexpr int bucket_start[buckets] = {0, 96};
inline constexpr int parameters = 256;

class Rank {
 public:
  /// On the calling thread's device, which becomes `rank`.
  Rank(int rank, ncclComm_t comm);

  void set_device() const;
  void send_parameters();  // from rank 0
  void stage(int step);
  void backward();
  void reduce(int bucket);
  void update();
  void fetch();
  /// What the weights add up to.
  float result();
  void close();

  [[nodiscard]] bool faulty(const std::string& fault) const { return rank_ == faulty_rank && planted(fault); }

  // Shared with the plants that confuse ranks.
  float* gradients = nullptr;
  float* output = nullptr;  // pinned
  Rank* first = nullptr;    // rank 0

 private:
  int rank_;
  int step_ = 0;
  ncclComm_t comm_;
  cudaStream_t compute_ = nullptr;
  cudaStream_t communicate_ = nullptr;
  cudaEvent_t staged_ = nullptr;
  cudaEvent_t ready_[buckets] = {};
  cudaEvent_t reduced_ = nullptr;
  float* weights_ = nullptr;
  float* inputs_ = nullptr;
  float* staging_ = nullptr;  // pinned
};

}  // namespace fakecuda_tests
