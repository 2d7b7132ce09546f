// What the numbers of a memory case say, in sentences.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/measure/batch_trial.hpp"
#include "harness/measure/memory_advice.hpp"

namespace lockstep {

/// Peak of device 0 over the median of the other devices' peaks; nothing with fewer than two devices.
std::optional<double> device0_ratio(std::span<const MemoryAccount> accounts);

/// How much more device 0 takes than the others, and the use that makes most of the difference.
std::string describe_device0(std::span<const MemoryAccount> accounts);

/// What was found by trying. `most` samples were there to try.
struct LargestBatch {
  std::size_t batch;  // 0 when none fits
  std::size_t most;

  /// A tenth less, for what a training does besides.
  [[nodiscard]] std::size_t safe() const { return batch * 9 / 10; }
};

std::string describe_largest(const LargestBatch& largest, const MemoryAdvice& advice);

/// Whether the wanted batch fits, and what makes it fit: `advised` is the trial of the advice, if there is any.
std::string describe_wanted(const LargestBatch& largest, const MemoryAdvice& advice,
                            const std::optional<BatchTrial>& advised);

}  // namespace lockstep
