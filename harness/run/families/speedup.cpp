#include <algorithm>
#include <iterator>

#include "harness/base/clock.hpp"
#include "harness/measure/arithmetic.hpp"
#include "harness/measure/bottleneck.hpp"
#include "harness/measure/checks/timing.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/timed_training.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"
#include "harness/run/trace.hpp"

namespace lockstep {
namespace {

Scaling scaling_of(const Scenario& scenario) {
  return {.kind = scenario.run.scaling == RunSpec::Scaling::weak ? Scaling::Kind::weak : Scaling::Kind::strong,
          .devices = scenario.run.devices,
          .global_batch = scenario.global_batch()};
}

std::vector<Metric> metrics_of(const Scenario& scenario, const Measured& measured, const Arithmetic& arithmetic) {
  std::vector<Metric> metrics = scaling_metrics(scaling_of(scenario), measured.times);
  const bool is_single = scenario.run.strategy == RunSpec::Strategy::single;
  if (scenario.run.devices == 1 && !is_single) metrics.push_back(dp_tax(measured.times));
  if (scenario.run.devices > 1) metrics.push_back(communication_overhead(measured.times.candidate, measured.silent));
  if (scenario.run.strategy == RunSpec::Strategy::dp && scenario.run.devices > 1)
    std::ranges::move(device0_metrics(measured.candidate), std::back_inserter(metrics));
  metrics.push_back(utilisation(arithmetic, measured.times.candidate, scenario.run.devices));
  if (!measured.warmup.empty())
    metrics.push_back(summarised({.name = "warmup_step_time",
                                  .unit = "s",
                                  .better = Better::none,
                                  .definition = "T_N in the steps before the measurement, which are not part of it",
                                  .has_samples = true},
                                 measured.warmup));
  return metrics;
}

const Metric& metric_named(const std::vector<Metric>& metrics, std::string_view name) {
  return *std::ranges::find(metrics, name, &Metric::name);
}

/// The measured times are possible ones.
std::vector<CheckResult> check_times(const Scenario& scenario, const Measured& measured, const Arithmetic& arithmetic,
                                     const CaseResult& result) {
  const Metric& efficiency = metric_named(result.metrics, "efficiency");
  std::vector<CheckResult> checks{
      check_breakdown(measured.candidate, result.phases),
      check_efficiency({*efficiency.low, *efficiency.high}, measured.times.pairs(), noise_floor(measured.times)),
      check_wall_time(measured.candidate), check_batch(scaling_of(scenario), measured.candidate, measured.baseline)};
  if (arithmetic.product_rate)
    checks.push_back(check_arithmetic(arithmetic, median(measured.times.candidate), scenario.run.devices));
  return checks;
}

std::vector<std::string> findings_of(const Scenario& scenario, const Measured& measured, const Arithmetic& arithmetic) {
  const Scaling scaling = scaling_of(scenario);
  std::vector<std::string> findings{speedup_in_words(scaling, measured.times)};
  if (scaling.devices > 1)
    findings.push_back(find_bottleneck(wall_time(measured.candidate), wall_time(measured.baseline), scaling,
                                       noise_floor(measured.times).value_or(0))
                           .sentence);
  if (!arithmetic.product_rate)
    findings.emplace_back(
        "the arithmetic of a step is held against no peak: what these GPUs can do at most is not known");
  findings.push_back(measured.stopped);
  return findings;
}

/// What judging adds to a case, outside the timed region.
Metric checks_share(double measuring_seconds, double judging_seconds) {
  return {.name = "checks_share",
          .unit = "1",
          .better = Better::lower,
          .value = judging_seconds / measuring_seconds,
          .definition = "time of the metrics and checks after the measurement / time of the measurement"};
}

Arithmetic measure_arithmetic(const Scenario& scenario, const Training& training, const Dataset& dataset,
                              Trainer& baseline) {
  Arithmetic arithmetic;
  arithmetic.flops = flops_of_step(make_reference_world(scenario), training, dataset,
                                   make_batches(scenario, dataset, scenario.global_batch()));
  // A core's products say nothing of a GPU's.
  if (!scenario.run.is_on_gpus())
    baseline.on_every_rank([&](Rank&, Strategy&) { arithmetic.product_rate = best_product_rate(); });
  return arithmetic;
}

}  // namespace

CaseResult run_speedup(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  require(scenario.train.steps > 0, "{}: a speedup case without steps", scenario.name);
  const Dataset dataset = make_dataset(scenario);
  const Training training = make_training(scenario);
  const std::string untimed = why_not_timed(scenario);
  const bool is_measurable = untimed.empty();
  const SampleSink nowhere = [](const Sample&) {};
  PairedRun run{scenario, training, dataset, is_measurable};
  const double start = steady_seconds();
  const Measured measured =
      run.measure(limits_of(scenario.run, is_measurable), is_measurable ? context.samples : nowhere);
  const double measured_until = steady_seconds();
  const Arithmetic arithmetic = measure_arithmetic(scenario, training, dataset, run.baseline());

  write_trace(context.one, context.directory, measured.candidate);

  CaseResult result;
  result.metrics = metrics_of(scenario, measured, arithmetic);
  // Under weak scaling the baseline has another batch; TF32 rounds more than the limit allows for; batch normalisation
  // sees another piece.
  const bool is_same_training =
      scenario.run.scaling == RunSpec::Scaling::strong && !scenario.run.tf32 && !scenario.model.couples_samples();
  result.checks = check_timed_training(run.baseline(), run.candidate(), is_same_training, dtype_of(scenario));
  if (is_measurable) {
    result.phases = breakdown(measured.candidate);
    std::ranges::move(check_times(scenario, measured, arithmetic, result), std::back_inserter(result.checks));
    result.findings = findings_of(scenario, measured, arithmetic);
    result.metrics.push_back(checks_share(measured_until - start, steady_seconds() - measured_until));
  } else {
    clear_values(result.metrics);
    result.reason = untimed;
  }
  result.memory = memory_of(run.candidate().world());
  result.traffic = traffic_of_blocks(scenario, measured.candidate);
  return result;
}

}  // namespace lockstep
