// What a scenario's devices are, and what the times measured on them are worth.
#pragma once

#include <string>
#include <string_view>

#include "harness/device/cuda/cuda_world.hpp"
#include "harness/run/result.hpp"
#include "harness/run/samples.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// The GPUs of so many ranks of a scenario with run.backend "cuda".
cuda::WorldOptions gpu_options(const RunSpec& run, std::size_t devices);

/// How long a rank waits for the others: half of the case's deadline, so that it can still say who is missing.
Seconds patience_of(const RunSpec& run);

/// "cpu", "cuda-nccl", "cuda-local" or "emulated": what the scenario is run on in this process. Asks no driver.
std::string_view tier_of(const Scenario& scenario);

/// Why times of so many devices say nothing about speed; empty when they do. A device needs a core for its thread:
/// a virtual one to compute on, a GPU to be fed by.
std::string why_not_timed(std::string_view tier, std::size_t devices, std::size_t cores);
/// The same for a scenario on this machine.
std::string why_not_timed(const Scenario& scenario);

/// Times of the tests' double of CUDA mean nothing and are never recorded. The only place that sees to it: takes every
/// number that comes from time out of the result of such a tier, whatever family made it, and says so in the reason.
void withhold_times(CaseResult& result, std::string_view tier);
/// Likewise for raw numbers: whether this one is recorded.
bool is_recorded(const Sample& sample, std::string_view tier);

}  // namespace lockstep
