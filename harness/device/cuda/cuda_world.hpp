// Opens a world of GPUs. Free of CUDA's headers; in a build without the backend everything here throws.
//
// CUDA does not survive fork(): whoever calls open_world or facts must not have children that use CUDA.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "harness/device/world.hpp"

namespace lockstep::cuda {

/// Who adds up and hands out: NVIDIA's library, which wants a GPU for each rank, or our own kernels, which add in rank
/// order and work for ranks that share a GPU. `automatic`: local where a GPU is shared, else nccl.
enum class Collectives { automatic, nccl, local };

struct WorldOptions {
  int ranks = 1;
  std::vector<int> device_map = {};  // the GPU of each rank; empty: rank r has GPU r
  Collectives collectives = Collectives::automatic;
  std::size_t capacity = 0;  // bytes of each rank's memory; 0: its equal share of what is free on its GPU
  bool tf32 = false;         // products may round their inputs to TF32
  bool graphs = true;        // what a rank queues again and again is launched as graphs, where no GPU is shared
  Seconds deadline{0};       // for which a rank waits for others or for its GPU, then CollectiveLate; 0: for ever
};

/// What `automatic` stands for. Throws UsageError for a combination that cannot work, with the reason, without asking
/// the machine.
Collectives collectives_of(const WorldOptions& options);

/// Whether repeated work (Stream::repeated) is launched as CUDA graphs. Not where ranks share a GPU: one that waits for
/// the whole device would end the captures of the others.
bool launches_graphs(const WorldOptions& options);

/// The tier of results from such a world: "cuda-nccl", "cuda-local" (whose times are no speed-up), or "emulated" when
/// the CUDA runtime of this process is the tests' double. Asks no driver.
std::string_view tier_of(const WorldOptions& options);

/// Throws EnvironmentError when this build, the driver or the number of GPUs does not allow it.
World open_world(const WorldOptions& options);

}  // namespace lockstep::cuda
