#include <algorithm>

#include "harness/measure/checks/communication.hpp"
#include "harness/measure/checks/training.hpp"
#include "harness/measure/expected_traffic.hpp"
#include "harness/measure/exposure.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/measure/waits.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/families/communication.hpp"
#include "harness/run/families/timed_training.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"
#include "harness/run/trace.hpp"
#include "harness/train/strategy/distributed_data_parallel.hpp"

namespace lockstep {
namespace {

std::vector<Block> measure(const Scenario& scenario, Trainer& trainer, const SampleSink& samples) {
  const std::size_t steps = scenario.train.steps;
  note_times(samples, "warmup_step_time", 0, step_times(trainer.run(scenario.run.warmup_steps)));
  std::vector<Block> blocks;
  for (std::size_t repetition = 0; repetition < scenario.run.repetitions; ++repetition) {
    blocks.push_back(trainer.run(steps));
    note_times(samples, "step_time", repetition * steps, step_times(blocks.back()));
  }
  return blocks;
}

/// Of each block, all ranks together.
struct Series {
  std::vector<double> step_time;         // s, median
  std::vector<double> communication;     // s per step, mean over the ranks
  std::vector<double> exposed;           // likewise
  std::vector<double> exposed_fraction;  // of the step
  std::vector<double> overlap;           // hidden share of the communication; empty when there is none
};

Series series_of(const std::vector<Block>& blocks, std::size_t steps) {
  Series series;
  for (const Block& block : blocks) {
    Exposure sum;
    for (const RankTimes& rank : block.ranks) {
      const Exposure exposure = exposure_of(rank);
      sum.communication += exposure.communication;
      sum.hidden += exposure.hidden;
    }
    const double rank_steps = static_cast<double>(block.ranks.size() * steps);
    series.step_time.push_back(median(step_times(block)));
    series.communication.push_back(sum.communication / rank_steps);
    series.exposed.push_back(sum.exposed() / rank_steps);
    series.exposed_fraction.push_back(series.exposed.back() / series.step_time.back());
    if (sum.communication > 0) series.overlap.push_back(sum.hidden / sum.communication);
  }
  return series;
}

double longest_wait(const Waits& waits) {
  double longest = 0;
  for (const RankWait& rank : waits.ranks) longest = std::max(longest, rank.seconds);
  return longest;
}

std::vector<Metric> timed_metrics(const Series& series, const Waits& waits) {
  return {
      summarised({.name = "step_time",
                  .unit = "s",
                  .better = Better::lower,
                  .definition = "per step the longest over ranks; median over the blocks of their medians",
                  .has_samples = true},
                 series.step_time),
      summarised({.name = "communication_time",
                  .unit = "s",
                  .better = Better::lower,
                  .definition = "|C| per step: time in collectives on either stream, waiting in them included; mean "
                                "over ranks, median over blocks"},
                 series.communication),
      summarised({.name = "exposed_communication",
                  .unit = "s",
                  .better = Better::lower,
                  .definition = "|C \\ K| per step: time in collectives while the rank computes nothing"},
                 series.exposed),
      summarised({.name = "exposed_fraction",
                  .unit = "1",
                  .better = Better::lower,
                  .definition = "exposed_communication/step_time"},
                 series.exposed_fraction),
      summarised({.name = "overlap",
                  .unit = "1",
                  .better = Better::higher,
                  .definition = "|K & C|/|C|: share of the time in collectives that computation hides"},
                 series.overlap),
      {.name = "longest_wait",
       .unit = "s",
       .better = Better::lower,
       .value = longest_wait(waits),
       .definition = "per step, of the rank that waits longest for the last one to come to the collectives"},
      {.name = "skew",
       .unit = "s",
       .better = Better::lower,
       .value = waits.mean_skew,
       .definition = "last arrival at a collective minus the first, mean over the collectives"},
  };
}

Traffic traffic_of_blocks(const std::vector<Block>& blocks) {
  Traffic traffic;
  for (const Block& block : blocks) traffic += block.traffic;
  return traffic;
}

TrainingSizes sizes_of(const Training& training, Trainer& trainer) {
  const std::size_t element = size_of(training.dtype);
  const Architecture& architecture = training.architecture;
  TrainingSizes sizes{.parameters = count_of(architecture.parameter_specs()) * element,
                      .buffers = count_of(architecture.buffer_specs()) * element,
                      .input_row = count_of(architecture.sample) * size_of(architecture.input_dtype(training.dtype)),
                      .output_row = count_of(architecture.output_shape()) * element};
  trainer.on_every_rank([&](Rank& rank, Strategy& strategy) {
    const auto* ddp = dynamic_cast<const DistributedDataParallel*>(&strategy);
    if (rank.index == 0 && ddp != nullptr) sizes.buckets = ddp->buckets().size();
  });
  return sizes;
}

/// Of all measured steps.
Traffic expected_of(const Scenario& scenario, const Dataset& dataset, const TrainingSizes& sizes) {
  BatchPlan batches = make_batches(scenario, dataset, scenario.global_batch());
  const std::size_t first = scenario.run.warmup_steps;
  const std::size_t end = first + scenario.run.repetitions * scenario.train.steps;
  Traffic sum;
  for (std::size_t step = 0; step < end; ++step) {
    const std::size_t rows = batches(step).size();
    if (step < first) continue;
    std::vector<std::size_t> micro_batches;
    for (const MicroBatch& micro : micro_batches_of(make_options(scenario), step, rows, scenario.run.devices))
      micro_batches.push_back(micro.rows());
    sum += expected_traffic(strategy_name(scenario), sizes, micro_batches);
  }
  return sum;
}

std::vector<std::string> findings_of(const std::vector<Metric>& metrics, const Waits& waits) {
  const auto value = [&](std::string_view name) { return std::ranges::find(metrics, name, &Metric::name)->value; };
  std::vector<std::string> findings;
  if (!value("overlap")) {
    findings.emplace_back("Nothing is communicated.");
    return findings;
  }
  findings.push_back(
      fmt::format("{} of a step ({:.1f} %) is communication that nothing hides; {:.0f} % of the "
                  "communication is hidden behind computation.",
                  format_duration(Seconds{*value("exposed_communication")}), 100 * *value("exposed_fraction"),
                  100 * *value("overlap")));
  const auto longest = std::ranges::max_element(waits.ranks, {}, &RankWait::seconds);
  if (longest == waits.ranks.end() || !longest->waits_for) return findings;
  const auto cause = std::ranges::find(waits.ranks, *longest->waits_for, &RankWait::rank);
  findings.push_back(fmt::format(
      "Rank {} waits longest in collectives, {} of each step ({:.1f} %), most of it for rank {}, which comes "
      "last to {:.0f} % of its collectives.",
      longest->rank, format_duration(Seconds{longest->seconds}), 100 * longest->fraction, cause->rank,
      100 * cause->last_share));
  return findings;
}

}  // namespace

CaseResult measure_training_communication(const CaseRun& run) {
  const Scenario& scenario = run.one.scenario;
  require(scenario.train.steps > 0, "{}: a communication case without steps", scenario.name);
  const std::size_t devices = scenario.run.devices;
  const std::string untimed = why_not_timed(scenario);
  const bool is_measurable = untimed.empty();
  const Dataset dataset = make_dataset(scenario);
  const Training training = make_training(scenario);
  Trainer trainer{make_world(scenario, devices),
                  training,
                  dataset,
                  make_batches(scenario, dataset, scenario.global_batch()),
                  std::string{strategy_name(scenario)},
                  make_options(scenario)};
  const SampleSink nowhere = [](const Sample&) {};
  const std::vector<Block> blocks = measure(scenario, trainer, is_measurable ? run.samples : nowhere);
  write_trace(run.one, run.directory, blocks);

  CaseResult result;
  const Waits waits = waits_of(blocks);
  const Traffic traffic = traffic_of_blocks(blocks);
  const std::size_t steps = blocks.size() * scenario.train.steps;
  result.metrics = timed_metrics(series_of(blocks, scenario.train.steps), waits);
  if (is_measurable) {
    result.phases = breakdown(blocks);
    result.waits = waits.ranks;
    result.findings = findings_of(result.metrics, waits);
  } else {
    clear_values(result.metrics);
    result.reason = untimed;
  }
  result.metrics.push_back({.name = "wire_bytes",
                            .unit = "B",
                            .better = Better::lower,
                            .value = wire_bytes(traffic, trainer.world().size()) / static_cast<double>(steps),
                            .definition =
                                "sent by the busiest device in a step: the bytes of each collective times its "
                                "factor, for ddp 2(n-1)/n*P",
                            .exact = true});
  result.checks.push_back(check_losses(trainer.take_losses()));
  result.checks.push_back(check_traffic(traffic, expected_of(scenario, dataset, sizes_of(training, trainer))));
  result.memory = memory_of(trainer.world());
  result.traffic = traffic_of(traffic, steps);
  return result;
}

}  // namespace lockstep
