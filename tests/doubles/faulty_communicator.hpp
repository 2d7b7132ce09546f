// Faults of data-parallel communication, planted below whoever watches it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "harness/device/communicator.hpp"

namespace lockstep {

/// What happens to a struck call instead of `inner.submit(stream, call)`. Each rank works with a copy of its own.
using Fault = std::function<void(Communicator& inner, Stream& stream, CollectiveCall call)>;

/// Changes values of the rank, on the stream. Those of bf16 come as floats and are rounded again.
using Damage = std::function<void(std::span<float> values)>;
/// Of f32 or bf16, at once.
void damage_tensor(const Tensor& values, const Damage& damage);
/// The same, knowing what the buffer held before the operation.
using DamageKnowingOld = std::function<void(std::span<float> values, std::span<const float> old)>;

/// What the rank sends is damaged first. In-place operations send their buffer.
Fault damaged_contribution(Damage damage);
/// The rank's buffer is damaged after the operation.
Fault damaged_result(Damage damage);
Fault damaged_result(DamageKnowingOld damage);
/// The rank sends what it sent from this buffer the last time; the first time it sends the truth.
Fault stale_contribution();
/// The operation is done a second time on its own result.
Fault repeated();
/// Nothing is done. On every rank of the group, or the others wait for it.
Fault skipped();
/// On the root of a scatter or gather: as many elements as the last piece has change places between first and last.
Fault exchanged_pieces();
/// On the root of a scatter: the last rank gets a copy of the first elements instead of its piece.
Fault duplicated_piece();
/// `work` runs on the rank's stream after the operation.
Fault followed_by(std::function<void()> work);

// Damages. "The largest" is by magnitude, so that it is not zero.
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

/// Which calls are struck: of a rank's calls of these kinds, subgroups included, number `first` and every `every`-th
/// one from there on; 0 for this one only.
struct Strike {
  std::vector<Collective> kinds;
  std::vector<int> ranks;
  std::size_t first = 0;
  std::size_t every = 1;
};

struct Plant {
  Strike strike;
  Fault fault;
};

/// How often faults fired, over all ranks. A test whose fault never fired has tested nothing.
using Fired = std::shared_ptr<std::atomic<int>>;

/// The communicator with the fault planted; its subgroups have it too.
std::unique_ptr<Communicator> planted(std::unique_ptr<Communicator> inner, Plant plant, Fired fired);

}  // namespace lockstep
