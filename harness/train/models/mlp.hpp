#pragma once

#include <vector>

#include "harness/train/models/architecture.hpp"

namespace lockstep {

enum class Activation { relu, tanh, none };

/// Fully connected layers of the given widths (inputs first, outputs last) with the activation between them; parameters
/// are named layer0.weight, layer0.bias, layer1.weight, …
Architecture make_mlp(const std::vector<std::size_t>& widths, Activation activation, bool bias);

}  // namespace lockstep
