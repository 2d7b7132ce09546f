// What a checkpoint says of the run that wrote it, and what a run must have in common with it to go on from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/safetensors.hpp"
#include "harness/data/sampler.hpp"
#include "harness/measure/state/names.hpp"
#include "harness/train/state/training_state.hpp"

namespace lockstep {

/// The run that saves or loads. `training` must outlive it.
struct RunFacts {
  const Training& training;
  Sampler sampler;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;  // of the whole run
  std::size_t micro_batches = 1;
  std::string scenario_hash;  // of what determines the numbers, so not of strategy and devices
  std::string strategy;
  std::size_t devices = 1;
  std::string program;  // name and version
};

/// Hash of the parameters' names, shapes and element type: models of equal sizes differ in it.
std::string model_hash(const Training& training);

/// The metadata of a checkpoint of `state`.
Metadata metadata_of(const RunFacts& run, const TrainingState& state, ParameterPrefix prefix);

/// What the metadata of a checkpoint says, once it fits the run.
struct SavedFacts {
  Position position;
  std::int64_t optimizer_steps = 0;
  std::size_t parts = 0;  // of the accumulated gradients
  ParameterPrefix prefix = ParameterPrefix::none;
  std::vector<std::string> notes;  // what is different and may be, each a sentence
};

/// Throws InputError with every difference that may not be, a line each; `where` begins the message: the file.
/// Strategy, number of devices and program may differ.
SavedFacts facts_for(const RunFacts& run, const Metadata& metadata, std::string_view where);

}  // namespace lockstep
