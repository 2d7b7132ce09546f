// Tensors of a run as files that others can open.
#pragma once

#include <filesystem>
#include <functional>

#include "harness/run/scenario/scenario.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// Called on each rank after each step.
using Dumper = std::function<void(std::size_t step, Strategy& strategy)>;

/// Writes what the scenario's [output] dump asks for below `directory`: dump/CASE/step-KKKK-rank-R.safetensors with
/// tensors gradients.layer0.weight, parameters.layer0.weight, …, outputs. Empty when nothing is asked for.
Dumper make_dumper(const Case& one, const std::filesystem::path& directory);

}  // namespace lockstep
