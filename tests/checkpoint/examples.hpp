// Tensors and checkpoints that are easy to tell apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/checkpoint/store.hpp"

namespace lockstep::testing {

template <typename T, std::size_t count>
TensorBytes tensor(const std::string& name, const std::string& dtype, const std::array<T, count>& values) {
  return {name, dtype, {count}, std::as_bytes(std::span{values})};
}

/// A training state of which every value says the step.
class ExampleState {
 public:
  explicit ExampleState(std::uint64_t step) : counter_{step} { weights_.fill(static_cast<float>(step)); }

  /// Views of this object.
  [[nodiscard]] std::vector<TensorBytes> tensors() const {
    return {tensor("weights", "F32", weights_), tensor("counter", "U64", counter_)};
  }
  /// Whether `found` is this state, to the bit.
  [[nodiscard]] bool equals(const Checkpoint& found) const {
    const std::vector<TensorBytes>& tensors = found.content.tensors;
    return found.step == counter_[0] && tensors.size() == 2 && is(tensors[0], this->tensors()[1]) &&
           is(tensors[1], this->tensors()[0]);
  }

 private:
  static bool is(const TensorBytes& a, const TensorBytes& b) {
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
  }

  std::array<float, 40> weights_{};
  std::array<std::uint64_t, 1> counter_;
};

inline void save_example(CheckpointStore& store, std::uint64_t step) {
  const ExampleState state{step};
  store.save(step, state.tensors(), {{"seed", "7"}});
}

}  // namespace lockstep::testing
