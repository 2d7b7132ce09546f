// The faults that the checks are tried on: what data-parallel programs really got wrong, as far as this pipeline can,
// and some more.
#pragma once

#include <string>
#include <vector>

#include "harness/faults/fault.hpp"

namespace lockstep {

/// The run that faults are made for.
struct FaultSetting {
  std::string strategy;
  int ranks = 2;             // at least 2
  std::size_t samples = 0;   // of the dataset
  bool has_buffers = false;  // dp broadcasts them too, after the parameters
  double clip_norm = 0;      // of a subject that clips in every step; 0: none does
};

/// All of them, whether they apply or not.
std::vector<Fault> catalogue(const FaultSetting& setting);

}  // namespace lockstep
