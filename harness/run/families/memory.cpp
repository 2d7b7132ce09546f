#include <algorithm>

#include "harness/measure/largest_fit.hpp"
#include "harness/measure/line_fit.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/families/memory_findings.hpp"
#include "harness/run/families/memory_trials.hpp"
#include "harness/run/observations.hpp"

namespace lockstep {
namespace {

/// The prediction says where to begin; only trials decide.
LargestBatch search(BatchTrials& trials, std::size_t granularity) {
  const std::size_t most = trials.samples() / granularity * granularity;
  if (most == 0)
    throw InputError{fmt::format("run.granularity: {} is larger than the data, which has {} samples", granularity,
                                 trials.samples())};
  const auto fits = [&](std::size_t batch) { return trials.run(batch).fits(); };
  const std::size_t guess = trials.advice().largest_batch;
  return {find_largest_fit({.granularity = granularity, .most = most, .guess = guess}, fits), most};
}

/// Smaller batches, so that a line can be drawn through what they take.
void try_smaller(BatchTrials& trials, std::size_t largest, std::size_t granularity) {
  for (std::size_t quarter = 1; quarter < 4; ++quarter)
    if (const std::size_t batch = largest * quarter / 4 / granularity * granularity; batch > 0) trials.run(batch);
}

/// Bytes on the device that holds most, over the batch; nothing with fewer than two batches that fit.
std::optional<LineFit> bytes_over_batch(const BatchTrials& trials, std::size_t micro_batches) {
  std::vector<LinePoint> points;
  for (const BatchTrial& trial : trials.trials())
    if (trial.fits() && trial.micro_batches == micro_batches)
      points.push_back({static_cast<double>(trial.batch), static_cast<double>(trial.peak())});
  if (points.size() < 2) return std::nullopt;
  return fit_line(points);
}

std::vector<Metric> metrics_of_search(const Scenario& scenario, const LargestBatch& largest,
                                      const std::optional<LineFit>& line) {
  const auto number = [](std::size_t value) { return static_cast<double>(value); };
  std::vector<Metric> metrics;
  metrics.push_back({.name = "largest_batch",
                     .unit = "samples",
                     .better = Better::higher,
                     .value = number(largest.batch),
                     .definition = "b*, of all devices together: trained without running out of memory",
                     .exact = true});
  metrics.push_back({.name = "safe_batch",
                     .unit = "samples",
                     .better = Better::higher,
                     .value = number(largest.safe()),
                     .definition = "floor(0.9 b*)",
                     .exact = true});
  metrics.push_back({.name = "device_memory",
                     .unit = "B",
                     .value = number(scenario.run.device_memory),
                     .definition = "capacity of each device",
                     .exact = true});
  if (!line) return metrics;
  metrics.push_back({.name = "bytes_per_sample",
                     .unit = "B",
                     .better = Better::lower,
                     .value = line->slope,
                     .definition = "a of bytes = a*batch + c, least squares over the trials, fullest device",
                     .exact = true});
  metrics.push_back({.name = "fixed_bytes",
                     .unit = "B",
                     .better = Better::lower,
                     .value = line->offset,
                     .definition = "c of bytes = a*batch + c",
                     .exact = true});
  metrics.push_back({.name = "fit_residual",
                     .unit = "B",
                     .value = line->residual,
                     .definition =
                         "largest |bytes - (a*batch + c)|: a batch that the devices do not share evenly takes "
                         "as much as the next one that they do"});
  return metrics;
}

LargestBatch find_largest_batch(const Scenario& scenario, BatchTrials& trials, CaseResult& result) {
  const std::size_t granularity = scenario.run.granularity;
  const LargestBatch largest = search(trials, granularity);
  try_smaller(trials, largest.batch, granularity);
  result.metrics = metrics_of_search(scenario, largest, bytes_over_batch(trials, scenario.train.micro_batches));
  const MemoryAdvice& advice = trials.advice();
  std::optional<BatchTrial> advised;
  if (advice.wanted > largest.batch && advice.micro_batches) {
    advised = trials.run(advice.wanted, *advice.micro_batches);
    result.checks.push_back(check_advice(*advised));
  }
  result.findings.push_back(describe_largest(largest, advice));
  if (largest.batch > 0) result.findings.push_back(describe_wanted(largest, advice, advised));
  if (largest.batch == largest.most) return largest;
  const std::size_t next = largest.batch + granularity;
  result.checks.push_back(check_next_batch(trials.trials(), largest.batch, granularity));
  if (largest.batch > 0) result.checks.push_back(check_recovery(trials.recover_from(next, largest.batch)));
  return largest;
}

TriedBatch tried(const BatchTrial& trial) {
  return {.batch = trial.batch,
          .micro_batches = trial.micro_batches,
          .peak_bytes = trial.fits() ? std::optional{trial.peak()} : std::nullopt,
          .reason = trial.fits() ? "" : trial.shortage->message};
}

/// Every trial that fits, against what was predicted of it.
CheckResult check_predictions(const BatchTrials& trials) {
  std::vector<MemoryComparison> comparisons;
  for (const BatchTrial& trial : trials.trials())
    if (trial.fits()) comparisons.push_back(trials.compare(trial));
  return check_memory_prediction(comparisons);
}

/// What each device holds with this batch.
void describe_devices(BatchTrials& trials, std::size_t batch, CaseResult& result) {
  const BatchTrial trial = trials.run(batch);
  result.memory = memory_of(trial.accounts, trials.compare(trial).predicted);
  result.checks.insert(result.checks.begin(), check_predictions(trials));
  if (trial.outside_accounts)
    result.metrics.push_back({.name = "outside_accounts",
                              .unit = "B",
                              .better = Better::lower,
                              .value = static_cast<double>(*trial.outside_accounts),
                              .definition =
                                  "in use on a GPU beyond its device's account at the end, the most of all: by the "
                                  "driver, CUDA's and NCCL's own buffers, rounding, other programs, and devices "
                                  "that share the GPU",
                              .untimed = true});
  const std::optional<double> ratio = device0_ratio(trial.accounts);
  if (!ratio) return;
  result.metrics.push_back({.name = "device0_ratio",
                            .unit = "1",
                            .better = Better::lower,
                            .value = ratio,
                            .definition = "peak of device 0 / median of the other devices' peaks",
                            .exact = true});
  result.findings.push_back(describe_device0(trial.accounts));
}

}  // namespace

CaseResult run_memory(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  BatchTrials trials{scenario};
  CaseResult result;
  const bool is_limited = scenario.run.device_memory > 0;
  const std::size_t batch = is_limited ? find_largest_batch(scenario, trials, result).batch : scenario.global_batch();
  if (batch > 0) describe_devices(trials, batch, result);
  for (const BatchTrial& trial : trials.trials()) result.trials.push_back(tried(trial));
  return result;
}

}  // namespace lockstep
