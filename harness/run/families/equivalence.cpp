#include <algorithm>

#include "harness/data/exact_bound.hpp"
#include "harness/measure/checks/checks.hpp"
#include "harness/measure/kink_safe.hpp"
#include "harness/measure/recording.hpp"
#include "harness/run/dump.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

using Batches = std::vector<std::vector<SampleId>>;

/// Throws InputError unless a step from these parameters on these samples is free of rounding.
void require_exact(const Scenario& scenario, const Training& training, const Dataset& dataset,
                   std::span<const SampleId> ids, std::span<const double> parameters) {
  std::vector<ExactLayer> layers;
  for (const ParameterSpec& spec : training.architecture.parameter_specs()) {
    const auto values = parameters.first(count_of(spec.shape));
    parameters = parameters.subspan(values.size());
    if (spec.shape.size() == 2)
      layers.push_back({.outputs = spec.shape[0], .inputs = spec.shape[1], .weights = values, .bias = {}});
    else
      layers.back().bias = values;
  }
  std::vector<float> inputs(ids.size() * dataset.input_width());
  std::vector<float> targets(ids.size() * dataset.target_width());
  dataset.copy_inputs(ids, inputs);
  dataset.copy_values(ids, targets);
  const std::vector<double> wide_inputs{inputs.begin(), inputs.end()};
  const std::vector<double> wide_targets{targets.begin(), targets.end()};
  const bool has_relu = scenario.model.activation == ModelSpec::Activation::relu;
  require_representable(exact_bound(layers, has_relu ? ExactActivation::relu : ExactActivation::none,
                                    {.rows = ids.size(), .inputs = wide_inputs, .targets = wide_targets}));
}

/// Replaces the samples that are too near to a kink at these parameters by others that are not in the batch.
class KinkSafeChoice {
 public:
  KinkSafeChoice(const Scenario& scenario, const Dataset& dataset)
      : shape_{scenario.model.widths, scenario.model.bias}, dataset_{dataset}, input_(dataset.input_width()) {}

  void make_safe(std::vector<SampleId>& batch, std::span<const double> parameters) {
    SampleId spare = 0;
    for (SampleId& id : batch) {
      while (!is_safe(id, parameters)) {
        while (std::ranges::find(batch, spare) != batch.end()) ++spare;
        if (spare >= dataset_.size()) throw RunError{"too few samples that are not next to a kink of the network"};
        id = spare;
        ++replaced_;
      }
    }
  }
  [[nodiscard]] std::size_t replaced() const { return replaced_; }

 private:
  bool is_safe(SampleId id, std::span<const double> parameters) {
    // Ten times the relative error of correct float32 runs.
    constexpr double tau = 1e-5;
    dataset_.copy_inputs({&id, 1}, input_);
    return is_kink_safe(shape_, parameters, input_, tau);
  }
  PerceptronShape shape_;
  const Dataset& dataset_;
  std::vector<float> input_;
  std::size_t replaced_ = 0;
};

/// One device in double, and the batches that it chose step by step.
struct Oracle {
  Recording recording;
  Batches batches;
  std::size_t replaced = 0;
};

Oracle run_oracle(const Scenario& scenario, const Dataset& dataset, std::size_t steps) {
  const Training training = make_training(scenario, DType::f64);
  const bool has_kinks = scenario.model.activation == ModelSpec::Activation::relu && !is_exact(scenario);
  Oracle oracle;
  Sampler sampler = make_sampler(scenario, dataset, scenario.global_batch());
  KinkSafeChoice choice{scenario, dataset};
  std::vector<double> parameters{training.initial_values.begin(), training.initial_values.end()};
  const auto choose = [&](std::size_t step) {
    if (step == oracle.batches.size()) {
      oracle.batches.push_back(sampler.batch(step));
      if (is_exact(scenario)) require_exact(scenario, training, dataset, oracle.batches.back(), parameters);
      if (has_kinks) choice.make_safe(oracle.batches.back(), parameters);
    }
    return oracle.batches[step];
  };
  const auto remember = [&](std::size_t, Strategy& strategy) {
    parameters = to_host<double>(strategy.compute(), strategy.model().parameters().values());
  };
  World world = make_reference_world(scenario);
  RecordingPlan plan;
  plan.steps = steps;
  plan.batches = choose;
  plan.after_step = remember;
  oracle.recording = record(world, training, dataset, plan);
  oracle.replaced = choice.replaced();
  return oracle;
}

void append(std::vector<CheckResult>& checks, std::vector<CheckResult> more) {
  std::ranges::move(more, std::back_inserter(checks));
}

}  // namespace

CaseResult run_equivalence(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  const Dataset dataset = make_dataset(scenario);
  const std::size_t steps = scenario.train.steps;
  require(steps > 0, "{}: an equivalence case without steps", scenario.name);
  const Training training = make_training(scenario);
  const Oracle oracle = run_oracle(scenario, dataset, steps);
  const BatchPlan batches = [&](std::size_t step) { return oracle.batches[step]; };
  const auto record_on = [&](World& world, std::string_view strategy, const StrategyOptions& options,
                             const Dumper& dumper) {
    RecordingPlan plan;
    plan.strategy = strategy;
    plan.steps = steps;
    plan.options = options;
    plan.batches = batches;
    plan.after_step = dumper;
    return record(world, training, dataset, plan);
  };
  const StrategyOptions options = make_options(scenario);
  World baseline = make_reference_world(scenario);
  World world = make_world(scenario, scenario.run.devices);
  World again = make_world(scenario, scenario.run.devices);
  const Recording reference = record_on(baseline, "single", {}, {});
  const Recording run = record_on(world, strategy_name(scenario), options, make_dumper(context.one, context.directory));
  const Recording repeated = record_on(again, strategy_name(scenario), options, {});

  CaseResult result;
  if (is_exact(scenario))
    result.checks.push_back(check_exact(run, reference, oracle.recording));
  else
    append(result.checks, check_end_to_end(run, reference, oracle.recording));
  if (scenario.run.strategy != RunSpec::Strategy::single) {
    result.checks.push_back(check_reduction(run));
    if (scenario.run.split.is(SplitSpec::Rule::chunk) && scenario.train.micro_batches == 1)
      append(result.checks, check_documented_differences(run));
  }
  result.checks.push_back(check_coverage(run));
  if (has_replicas(run)) result.checks.push_back(check_replicas(run));
  result.checks.push_back(check_repeatable(run, repeated));
  append(result.checks, check_evidence(run));

  for (std::size_t step = 0; step < steps; ++step) {
    double loss = 0;
    for (const RankRecord& rank : run.steps[step].ranks) loss += rank.loss;
    context.samples({.metric = "loss", .unit = "1", .index = step, .value = loss});
  }
  result.pieces = pieces_of(run);
  result.memory = memory_of(world);
  result.traffic = traffic_of(run);
  if (oracle.replaced > 0)
    result.reason = fmt::format("{} samples next to a kink of the network were replaced", oracle.replaced);
  return result;
}

}  // namespace lockstep
