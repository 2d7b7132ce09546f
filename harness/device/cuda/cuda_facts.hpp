// What of CUDA this process finds. Free of CUDA's headers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lockstep::cuda {

struct Gpu {
  std::string name;
  std::string bus_id;
  int multiprocessors = 0;
  int compute_capability = 0;  // 90 for 9.0
  std::size_t memory = 0;      // bytes
  std::vector<bool> reaches;   // by GPU: whether kernels of this one may access that one's memory
};

/// Versions as "13.0.0"; empty where the library is not on this machine.
struct Facts {
  bool is_built = false;
  bool is_emulated = false;  // the tests' double, not a GPU
  std::string unusable;      // why there is no GPU to use; empty when there is one
  std::string runtime;
  std::string driver;  // the highest CUDA version that it serves
  std::string cublas;
  std::string nccl;
  std::vector<Gpu> gpus;
};

/// Starts the driver, which may take a second and must not be followed by fork(): call it in a process of its own.
Facts facts();

/// Whether the CUDA runtime of this process is the tests' double. Asks no driver.
bool is_emulated();

}  // namespace lockstep::cuda
