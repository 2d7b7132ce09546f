#include "harness/run/out_of_memory.hpp"

#include <limits>

#include "harness/run/setup.hpp"

namespace lockstep {

MemoryQuestion memory_question(const Scenario& scenario, const Training& training, std::size_t samples) {
  const bool is_limited = scenario.run.device_memory > 0;
  const bool keeps_last = scenario.data.last_batch == DataSpec::LastBatch::keep;
  return {.training = training,
          .strategy = strategy_name(scenario),
          .options = make_options(scenario),
          .devices = scenario.run.devices,
          .capacity = is_limited ? scenario.run.device_memory : std::numeric_limits<std::size_t>::max(),
          .batches = [=](std::size_t batch) {
            std::vector<std::size_t> batches{batch};
            if (keeps_last && samples % batch != 0) batches.push_back(samples % batch);
            return batches;
          }};
}

std::string explained(const RankOutOfMemory& error, const MemoryAdvice& advice) {
  return fmt::format("{}; {}", error.what(), describe(advice));
}

std::string explained(const RankOutOfMemory& error, const Scenario& scenario) {
  if (scenario.family == "convergence") return error.what();
  const Training training = make_training(scenario);
  const std::size_t batch = scenario.global_batch();
  return explained(error, advise(memory_question(scenario, training, batch), batch, batch));
}

}  // namespace lockstep
