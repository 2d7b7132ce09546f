// An order of 0 … n−1 that costs nothing to make: first, first + stride, first + 2·stride, … modulo n.
#pragma once

#include <cstdint>
#include <numeric>

namespace fakecuda {

/// Visits every index once. Among the orders are the forward and the backward one.
class Permutation {
 public:
  Permutation() = default;
  Permutation(std::uint64_t count, std::uint64_t random) : count_(count), left_(count) {
    if (count == 0) return;
    next_ = random % count;
    stride_ = (random >> 32U) % count;
    while (std::gcd(stride_, count_) != 1) ++stride_;
  }

  [[nodiscard]] bool empty() const { return left_ == 0; }
  std::uint64_t take() {
    const std::uint64_t index = next_;
    next_ += stride_;
    if (next_ >= count_) next_ -= count_;
    --left_;
    return index;
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t stride_ = 1;  // has no divisor in common with count
};

}  // namespace fakecuda
