#include "harness/run/samples.hpp"

namespace lockstep {

void note_times(const SampleSink& samples, std::string_view metric, std::size_t first,
                const std::vector<double>& seconds) {
  for (std::size_t i = 0; i < seconds.size(); ++i)
    samples({.metric = metric, .unit = "s", .index = first + i, .value = seconds[i]});
}

}  // namespace lockstep
