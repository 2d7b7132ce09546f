// A training's state as the content of a checkpoint, and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/safetensors.hpp"
#include "harness/measure/state/run_facts.hpp"

namespace lockstep {

/// The tensors of a checkpoint: views of `state`, which must outlive them.
std::vector<TensorBytes> tensors_of(const TrainingState& state, const Training& training, ParameterPrefix prefix);

struct LoadedState {
  TrainingState state;
  SavedFacts facts;
};

/// The state in a checkpoint that was verified. Throws InputError with every difference when it is not of this run, or
/// holds other tensors or values that are not finite; `where` begins the message: the file.
LoadedState state_from(const SafetensorsContent& content, const RunFacts& run, std::string_view where);

}  // namespace lockstep
