#include "harness/run/families/imbalance_pieces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harness/measure/checks/averaging.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/distance.hpp"
#include "harness/run/families/oracle.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

// An update lies between them: a wrong first gradient shows in the second step's loss too.
constexpr std::size_t judged_steps = 2;

Recording record_pieces_of(World& world, const Scenario& scenario, const Training& training, const Dataset& dataset,
                           const StrategyOptions& options, const Oracle& oracle) {
  RecordingPlan plan;
  plan.strategy = strategy_name(scenario);
  plan.steps = judged_steps;
  plan.options = options;
  plan.batches = [&](std::size_t step) { return oracle.batches[step]; };
  return record(world, training, dataset, plan);
}

/// One device with the same element type, on the same pieces in turn.
Recording record_one_device(const Scenario& scenario, const Training& training, const Dataset& dataset,
                            const StrategyOptions& options, const Oracle& oracle) {
  World one = make_reference_world(scenario);
  RecordingPlan plan;
  plan.steps = judged_steps;
  plan.batches = [&](std::size_t step) { return oracle.batches[step]; };
  plan.micro_batches = [&](std::size_t step, Strategy&, BatchSource& source) {
    return pieces_in_turn(options, step, source.rows(step), scenario.run.devices);
  };
  return record(one, training, dataset, plan);
}

std::vector<CheckResult> checks_of(const Scenario& scenario, const Recording& run, const Recording& one,
                                   const Oracle& oracle, Averaging averaging) {
  std::vector<CheckResult> checks;
  if (is_exact(scenario))
    checks.push_back(check_exact(run, one, oracle.recording));
  else
    checks = check_end_to_end(run, one, oracle.recording);
  if (run.strategy != "single") checks.push_back(check_reduction(run));
  checks.push_back(check_coverage(run));
  if (is_bias_visible(run, oracle.pieces))
    checks.push_back(averaging == Averaging::devices
                         ? check_mean_of_means(run, oracle.pieces)
                         : check_bias_removed(run, oracle.pieces, is_exact(scenario) ? 0 : distance_limit(run.dtype)));
  if (scenario.run.split.is(SplitSpec::Rule::chunk) && scenario.train.micro_batches == 1)
    std::ranges::move(check_documented_differences(run), std::back_inserter(checks));
  return checks;
}

std::vector<Metric> metrics_of(const Recording& run, const Oracle& oracle) {
  return {
      {.name = "gradient_bias",
       .unit = "1",
       .better = Better::lower,
       .value = gradient_bias(run, oracle.pieces),
       .definition = "|g - mean|/|mean|: the gradient against that of the mean over the global batch, by one device in "
                     "f64; the largest of the first steps",
       .untimed = true},
      {.name = "predicted_gradient_bias",
       .unit = "1",
       .better = Better::none,
       .value = predicted_gradient_bias(oracle.pieces),
       .definition = "|sum over pieces of (1/n - b/B)*g|/|mean|: the same, were it a mean of the devices' means",
       .untimed = true}};
}

std::string bias_in_words(const Recording& run, const Oracle& oracle, Averaging averaging) {
  const double predicted = predicted_gradient_bias(oracle.pieces);
  if (!has_uneven_pieces(run)) return "all pieces are equally large, so a mean of the devices' means has no bias";
  if (averaging == Averaging::devices)
    return fmt::format(
        "the mean of the devices' means is off the global mean by {:.3g} % of the gradient, predicted {:.3g} "
        "%",
        100 * gradient_bias(run, oracle.pieces), 100 * predicted);
  return fmt::format(
      "weighted by samples the gradient is the global mean's to {:.1e}; a mean of the devices' means would "
      "be off by {:.3g} %",
      gradient_bias(run, oracle.pieces), 100 * predicted);
}

/// Of each split that leaves devices without a row.
std::vector<std::string> unused_in_words(const std::vector<std::vector<std::size_t>>& splits) {
  std::vector<std::string> sentences;
  for (const std::vector<std::size_t>& sizes : splits) {
    const auto used = std::ranges::count_if(sizes, [](std::size_t size) { return size > 0; });
    if (static_cast<std::size_t>(used) < sizes.size())
      sentences.push_back(fmt::format("{} rows over {} devices use {} of them",
                                      std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}), sizes.size(), used));
  }
  return sentences;
}

}  // namespace

CaseResult judge_pieces(const Scenario& scenario, const Training& training, const Dataset& dataset,
                        const StrategyOptions& options) {
  Scenario unslowed = scenario;  // a slowed device computes the same
  unslowed.run.slow_factor = 1;
  const Oracle oracle = run_oracle_in_pieces(unslowed, dataset, judged_steps, options);
  const Recording run = [&] {
    World world = make_world(unslowed, scenario.run.devices);
    return record_pieces_of(world, scenario, training, dataset, options, oracle);
  }();
  const Recording one = record_one_device(scenario, training, dataset, options, oracle);

  CaseResult result;
  result.checks = checks_of(scenario, run, one, oracle, options.averaging);
  result.pieces = pieces_of(run);
  result.findings = unused_in_words(result.pieces);
  if (scenario.run.devices > 1) {
    result.metrics = metrics_of(run, oracle);
    result.findings.push_back(bias_in_words(run, oracle, options.averaging));
  }
  if (oracle.replaced > 0)
    result.reason = fmt::format("{} samples next to a kink of the network were replaced", oracle.replaced);
  return result;
}

}  // namespace lockstep
