// What the CUDA backend finds on this machine.
#pragma once

#include "harness/base/units.hpp"
#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {

/// cuda::facts() of a process of its own, so that no driver is ever started in one that forks afterwards, and one that
/// hangs or crashes costs no more than `patience`; then `unusable` says so. The caller must have one thread.
cuda::Facts inquire_cuda(Seconds patience = Seconds{30});

/// Versions for `software`: cuda_runtime, cublas, nccl; null for what is not there, or was not asked.
Json cuda_versions(const cuda::Facts& facts);

/// As a child tells its parent.
Json to_json(const cuda::Facts& facts);
cuda::Facts cuda_facts_in(const Json& json);

}  // namespace lockstep
