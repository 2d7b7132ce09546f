// What faults do to values.
#pragma once

#include <functional>
#include <span>

#include "harness/device/tensor.hpp"

namespace lockstep {

/// Changes values. Those of other types come as floats and are rounded again.
using Damage = std::function<void(std::span<float> values)>;
/// The same, knowing what the buffer held before an operation.
using DamageKnowingOld = std::function<void(std::span<float> values, std::span<const float> old)>;

/// The values of f32, bf16 or i32 (below 2^24), on the host; waits for the stream.
std::vector<float> floats_of(Stream& stream, const Tensor& tensor);
/// Of the same types, wherever they are; waits for the stream before and after. Whether a value changed.
bool damage_tensor(Stream& stream, const Tensor& tensor, const Damage& damage);

// "The largest" is by magnitude, so that it is not zero.
void zero_all(std::span<float> values);
void negate_all(std::span<float> values);
void lose_largest(std::span<float> values);
void poison_first(std::span<float> values);      // NaN
void truncate_to_bf16(std::span<float> values);  // drops 16 bits of the mantissa
void shift_by_one(std::span<float> values);      // as if a bucket started one element late
Damage scale_all(double factor);
Damage flip_bit_of_largest(int bit);
void keep_old(std::span<float> values, std::span<const float> old);       // as if the rank had not taken part
void keep_old_tail(std::span<float> values, std::span<const float> old);  // the last element only

}  // namespace lockstep
