// Opens one rank of a world of GPUs whose other ranks are in other processes, perhaps on other machines. Free of CUDA's
// headers; in a build without the backend it throws.
#pragma once

#include <cstddef>

#include "harness/device/rendezvous.hpp"
#include "harness/device/world.hpp"

namespace lockstep::cuda {

struct ProcessOptions {
  Rendezvous rendezvous;     // its deadline is for this rank to wait for the others to come
  int gpu = 0;               // of this machine
  std::size_t capacity = 0;  // bytes of the rank's memory; 0: what is free on its GPU
  bool tf32 = false;         // products may round their inputs to TF32
  Seconds deadline{0};       // for which the rank waits for others, for NCCL or for its GPU; not 0
};

/// A world of `rendezvous.ranks` with this one rank in it, connected with the others by NCCL: waits until all have
/// come. What a world of threads finds by name, a rank that stops or calls something else, is here what NCCL notices of
/// it (NcclError) or the deadline (CollectiveLate). `recover` meets again at the same file, and every rank has to.
/// Throws EnvironmentError when this build, the driver or the number of GPUs does not allow it; RendezvousFailed;
/// UsageError without a deadline.
World open_process_world(const ProcessOptions& options);

}  // namespace lockstep::cuda
