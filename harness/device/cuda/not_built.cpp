// The CUDA backend of a build that has none.
#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "harness/device/cuda/process_world.hpp"

namespace lockstep::cuda {

namespace {

[[noreturn]] void throw_not_built() {
  throw EnvironmentError{
      "this build has no CUDA backend: nvcc and NCCL were not there when it was configured; use backend \"cpu\""};
}

}  // namespace

World open_world(const WorldOptions&) { throw_not_built(); }

World open_process_world(const ProcessOptions&) { throw_not_built(); }

bool is_emulated() { return false; }

Facts facts() {
  Facts facts;
  facts.unusable = "this build has no CUDA backend";
  return facts;
}

}  // namespace lockstep::cuda
