#include "harness/measure/memory_advice.hpp"

#include <algorithm>
#include <ranges>

#include "harness/base/units.hpp"
#include "harness/measure/largest_fit.hpp"

namespace lockstep {
namespace {

/// No scenario may have more.
constexpr std::size_t most_micro_batches = 4096;

bool fits(const MemoryQuestion& question, std::size_t batch) {
  return largest_total(predict_memory(question.with_batch(batch))) <= question.capacity;
}

std::optional<std::size_t> fewest_micro_batches(MemoryQuestion question, std::size_t wanted) {
  const auto is_too_few = [&](std::size_t micro_batches) {
    question.options.micro_batches = micro_batches;
    return !fits(question, wanted);
  };
  const std::size_t most = std::min(wanted, most_micro_batches);
  const auto counts = std::views::iota(std::min(question.options.micro_batches, most) + 1, most + 1);
  const auto enough = std::ranges::partition_point(counts, is_too_few);
  if (enough == counts.end()) return std::nullopt;
  return *enough;
}

}  // namespace

TrainingShape MemoryQuestion::with_batch(std::size_t batch) const {
  return {.training = training,
          .strategy = strategy,
          .options = options,
          .devices = devices,
          .batches = batch == 0 ? std::vector<std::size_t>{} : batches(batch)};
}

MemoryAdvice advise(const MemoryQuestion& question, std::size_t wanted, std::size_t most) {
  MemoryAdvice advice{.wanted = wanted,
                      .devices = question.devices,
                      .capacity = question.capacity,
                      .fixed = predict_fixed_memory(question.with_batch(0)),
                      .largest_batch = 0,
                      .micro_batches = {}};
  if (!advice.model_fits()) return advice;
  advice.largest_batch = find_largest_fit({.granularity = 1, .most = most, .guess = wanted},
                                          [&](std::size_t batch) { return fits(question, batch); });
  if (!advice.wanted_fits()) advice.micro_batches = fewest_micro_batches(question, wanted);
  return advice;
}

std::string describe(const MemoryAdvice& advice) {
  const std::string memory = format_bytes(advice.capacity);
  if (!advice.model_fits())
    return fmt::format("the model alone does not fit: its parameters, gradients and optimizer state take {} of {}",
                       format_bytes(advice.fixed), memory);
  if (advice.largest_batch == 0)
    return fmt::format("beside the model ({} of {}) there is no room for a single sample", format_bytes(advice.fixed),
                       memory);
  std::string text = fmt::format("in {} per device a global batch of {} fits", memory, advice.largest_batch);
  if (advice.devices > 1) text += fmt::format(" ({} per device)", advice.largest_per_device());
  if (advice.micro_batches)
    text += fmt::format(", or one of {} with train.micro_batches = {}", advice.wanted, *advice.micro_batches);
  return text;
}

}  // namespace lockstep
