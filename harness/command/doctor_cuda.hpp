// What doctor says of CUDA.
#pragma once

#include <string>
#include <vector>

#include "harness/device/cuda/cuda_facts.hpp"

namespace lockstep {

/// What the build has, why it cannot be used, the libraries' versions, and each GPU with those whose memory it reaches.
std::vector<std::string> cuda_in_words(const cuda::Facts& facts);

/// What scenarios with run.backend "cuda" can do here: how many devices with which collectives.
std::vector<std::string> cuda_tiers(const cuda::Facts& facts);

}  // namespace lockstep
