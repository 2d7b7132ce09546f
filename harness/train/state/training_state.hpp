// A training between two micro-batches, on the host: all that another run needs to go on from there, on any strategy
// and any number of devices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// Where a training is. The batches of all steps to come are a function of it, and so are random numbers (Philox).
struct Position {
  std::uint64_t step = 0;         // complete steps
  std::uint64_t micro_batch = 0;  // of the step after them: micro-batches that are accumulated
  bool operator==(const Position&) const = default;
};

/// What every rank that updates holds. Elements of all parameters in registration order, in the model's type.
struct Replica {
  struct OptimizerTensor {
    std::string name;
    std::vector<std::byte> values;
    bool operator==(const OptimizerTensor&) const = default;
  };
  std::vector<std::byte> parameters;
  std::vector<std::byte> buffers;  // likewise of all buffers
  std::vector<OptimizerTensor> optimizer;
  std::int64_t optimizer_steps = 0;
  bool operator==(const Replica&) const = default;
};

/// One rank's part of an unfinished step; the ranks' parts add up.
struct Accumulated {
  std::vector<std::byte> gradients;  // as Replica::parameters
  double loss = 0;
  bool operator==(const Accumulated&) const = default;
};

struct TrainingState {
  Position position;
  DType dtype = DType::f32;
  Replica replica;
  std::vector<Accumulated> accumulated;  // of the ranks that hold a part, in rank order; none between two steps
  bool operator==(const TrainingState&) const = default;
};

/// This rank's replica; nothing on a rank that does not update. Waits for the rank's stream.
std::optional<Replica> replica_of(Strategy& strategy);
/// This rank's part of the unfinished step; nothing on a rank that holds none. Waits for the rank's stream.
std::optional<Accumulated> accumulated_of(Strategy& strategy);

/// The sum over the parts, in their order.
Accumulated sum_of(std::span<const Accumulated> parts, DType dtype);

/// Collects the state of a world, each rank on its own thread; then `take`.
class StateCapture {
 public:
  StateCapture(Position position, std::size_t ranks);
  /// Waits for the rank's stream.
  void add(Strategy& strategy);
  /// The replica is rank 0's: that all are equal is for a check to say.
  TrainingState take();

 private:
  TrainingState state_;
  std::vector<std::optional<Accumulated>> parts_;  // by rank
};

/// Gives this rank what it holds at the state's position; every rank calls it, before its first step. Where the number
/// of ranks that hold parts of an unfinished step is another, rank 0 gets their sum. Waits for the rank's stream.
/// Throws InternalError when the state is of another model, optimizer or element type.
void restore(const TrainingState& state, Strategy& strategy);

}  // namespace lockstep
