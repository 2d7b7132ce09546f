#include "harness/run/families/paired_run.hpp"

#include <algorithm>

#include "harness/measure/silent_communicator.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

std::size_t baseline_batch(const Scenario& scenario) {
  return scenario.run.scaling == RunSpec::Scaling::weak ? scenario.train.batch : scenario.global_batch();
}

Trainer make_baseline(const Scenario& scenario, const Training& training, const Dataset& dataset) {
  return {make_reference_world(scenario),
          training,
          dataset,
          make_batches(scenario, dataset, baseline_batch(scenario)),
          "single",
          make_reference_options(scenario)};
}

Trainer make_candidate(const Scenario& scenario, const Training& training, const Dataset& dataset, World world) {
  return {std::move(world),
          training,
          dataset,
          make_batches(scenario, dataset, scenario.global_batch()),
          std::string{strategy_name(scenario)},
          make_options(scenario)};
}

}  // namespace

PairedRun::PairedRun(const Scenario& scenario, const Training& training, const Dataset& dataset, bool with_silent)
    : PairedRun{scenario, make_baseline(scenario, training, dataset),
                make_candidate(scenario, training, dataset, make_world(scenario, scenario.run.devices))} {
  if (!with_silent || scenario.run.devices == 1) return;
  World world = make_world(scenario, scenario.run.devices);
  auto is_silent = make_silenceable(world);
  silent_.emplace(make_candidate(scenario, training, dataset, std::move(world)), std::move(is_silent));
}

PairedRun::PairedRun(const Scenario& scenario, Trainer baseline, Trainer candidate)
    : scenario_{scenario}, baseline_{std::move(baseline)}, candidate_{std::move(candidate)} {}

Measured PairedRun::measure(const StoppingLimits& limits, const SampleSink& samples) {
  Measured measured;
  measured.warmup = warm_up(samples);
  StoppingRule rule{limits};
  while (!rule.reason()) {
    measure_pair(measured, samples);
    rule.add(measured.times.baseline.back() / measured.times.candidate.back());
  }
  measured.stopped = rule.explanation("pairs of blocks");
  return measured;
}

std::vector<double> PairedRun::warm_up(const SampleSink& samples) {
  std::vector<double> warmup = step_times(candidate_.run(scenario_.run.warmup_steps));
  note_times(samples, "warmup_step_time", 0, warmup);
  note_times(samples, "warmup_baseline_step_time", 0, step_times(baseline_.run(scenario_.run.warmup_steps)));
  if (silent_) {
    // At least one step with communication, so that every buffer holds numbers of a real training afterwards.
    silent_->trainer.run(std::max<std::size_t>(scenario_.run.warmup_steps, 1));
    *silent_->is_silent = true;
  }
  return warmup;
}

void PairedRun::measure_pair(Measured& measured, const SampleSink& samples) {
  PairedTimes& times = measured.times;
  const auto run = [&](Trainer& trainer, std::string_view metric, std::vector<double>& medians) {
    Block block = trainer.run(scenario_.train.steps);
    const std::vector<double> seconds = step_times(block);
    note_times(samples, metric, medians.size() * scenario_.train.steps, seconds);
    medians.push_back(median(seconds));
    return block;
  };
  const auto run_baseline = [&] { measured.baseline.push_back(run(baseline_, "baseline_step_time", times.baseline)); };
  const auto run_silent = [&] {
    if (silent_) run(silent_->trainer, "silent_step_time", measured.silent);
  };
  const auto run_candidate = [&] { measured.candidate.push_back(run(candidate_, "step_time", times.candidate)); };

  if (PairedTimes::is_baseline_first(times.pairs())) {
    run_baseline();
    run_silent();
    run_candidate();
  } else {
    run_candidate();
    run_silent();
    run_baseline();
  }
}

}  // namespace lockstep
