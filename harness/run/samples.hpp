// Where a running case sends its raw numbers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// One raw number. `index` is the step, epoch or repetition.
struct Sample {
  std::string_view metric;
  std::string_view unit;
  std::size_t index;
  double value;
  std::optional<std::size_t> rank{};
};

/// Takes each sample as it comes; what it has taken survives a crash of the case.
using SampleSink = std::function<void(const Sample&)>;

/// Sends the times of consecutive steps, in seconds; the first one has index `first`.
void note_times(const SampleSink& samples, std::string_view metric, std::size_t first,
                const std::vector<double>& seconds);

}  // namespace lockstep
