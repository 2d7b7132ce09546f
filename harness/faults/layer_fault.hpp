// A layer that does something else than the one it stands for.
#pragma once

#include <functional>
#include <memory>

#include "harness/faults/faulty_communicator.hpp"
#include "harness/faults/rank_of_thread.hpp"
#include "harness/train/layers/layer.hpp"

namespace lockstep {

/// Empty functions do nothing. Each is told of the rank and fires when it changed something.
struct LayerFault {
  enum class Pass { forward, backward };

  bool in_every_layer = false;  // else in the first one with parameters
  /// What the layer is told of the rows that it works on.
  std::function<bool(int rank, Pass pass, BatchPlace& place)> in_place{};
  std::function<bool(int rank, Stream& stream, const Tensor& output)> in_output{};
  /// A parameter's gradient, before anybody is told that it is ready.
  std::function<bool(int rank, Stream& stream, const Parameter& parameter)> in_gradient{};
};

std::unique_ptr<Layer> with_fault(std::unique_ptr<Layer> honest, LayerFault fault, std::shared_ptr<RankOfThread> ranks,
                                  Fired fired);

}  // namespace lockstep
