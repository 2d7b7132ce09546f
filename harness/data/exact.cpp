#include "harness/data/exact.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/random.hpp"

namespace lockstep {
namespace {

constexpr std::uint64_t all_ids = std::uint64_t{1} << 32;

/// Writes the id as a number: each column is one digit, the least significant first, rotated by a random amount that
/// depends on the digits before it. So ids can be told apart by their digits, and yet the columns beyond the id's
/// length are random.
class IdWriter {
 public:
  IdWriter(SampleId id, const RandomStream& random) : id_{id}, random_{random} {}

  void write(std::span<float> columns, int largest) {
    const auto radix = static_cast<std::uint64_t>(2 * largest + 1);
    for (float& column : columns) {
      const std::uint64_t digit = id_ / place_ % radix;
      const std::uint64_t rotation = random_.below(radix, column_++ * all_ids + id_ % place_);
      column = static_cast<float>(static_cast<int>((digit + rotation) % radix) - largest);
      place_ = std::min(place_ * radix, all_ids);
    }
  }

 private:
  std::uint64_t id_;
  const RandomStream& random_;
  std::uint64_t column_ = 0;
  std::uint64_t place_ = 1;  // what a one in this column is worth
};

/// How many samples can differ, counted up to all_ids.
std::uint64_t distinct_samples(const DataShape& shape) {
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < shape.inputs && count < all_ids; ++i) count *= 2 * exact_largest_input + 1;
  for (std::size_t i = 0; i < shape.outputs && count < all_ids; ++i) count *= 2 * exact_largest_target + 1;
  return count;
}

}  // namespace

Dataset make_exact(const DataShape& shape, std::uint64_t seed) {
  require_possible(shape);
  if (shape.samples > distinct_samples(shape))
    throw InputError{fmt::format("exact data: only {} samples of {} inputs and {} targets can differ, {} are asked for",
                                 distinct_samples(shape), shape.inputs, shape.outputs, shape.samples)};
  const RandomStream random{seed, hash_text("exact data")};
  FloatRows inputs{std::vector<float>(shape.samples * shape.inputs), shape.inputs};
  FloatRows targets{std::vector<float>(shape.samples * shape.outputs), shape.outputs};
  for (std::size_t sample = 0; sample < shape.samples; ++sample) {
    IdWriter writer{static_cast<SampleId>(sample), random};
    writer.write(std::span{inputs.values}.subspan(sample * shape.inputs, shape.inputs), exact_largest_input);
    writer.write(std::span{targets.values}.subspan(sample * shape.outputs, shape.outputs), exact_largest_target);
  }
  return Dataset{std::move(inputs), std::move(targets)};
}

}  // namespace lockstep
