#include "harness/run/families/oracle.hpp"

#include <algorithm>

#include "harness/measure/exact_bound.hpp"
#include "harness/measure/kink_safe.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

/// Throws InputError unless a step from these parameters on these samples is free of rounding.
void require_exact(const Training& training, const Dataset& dataset, std::span<const SampleId> ids,
                   std::span<const double> parameters, DType dtype) {
  std::vector<float> inputs(ids.size() * dataset.input_width());
  std::vector<float> targets(ids.size() * dataset.target_width());
  dataset.copy_inputs(ids, inputs);
  dataset.copy_values(ids, targets);
  const std::vector<double> wide_inputs{inputs.begin(), inputs.end()};
  const std::vector<double> wide_targets{targets.begin(), targets.end()};
  const World world = make_oracle_world();
  require_representable(exact_bound(*world.ranks[0]->device, training.architecture, parameters,
                                    {.rows = ids.size(), .inputs = wide_inputs, .targets = wide_targets}),
                        dtype);
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

/// Chooses each step's batch when it is asked for, by the parameters that the step starts from.
class BatchChoice {
 public:
  BatchChoice(const Scenario& scenario, const Training& training, const Dataset& dataset)
      : scenario_{scenario},
        training_{training},
        dataset_{dataset},
        sampler_{make_sampler(scenario, dataset, scenario.global_batch())},
        kinks_{scenario, dataset},
        parameters_{training.initial_values.begin(), training.initial_values.end()} {}

  std::vector<SampleId> batch(std::size_t step) {
    if (step == batches_.size()) {
      // With ReLU on real data a residual network is refused.
      const bool has_kinks = scenario_.model.kind == ModelSpec::Kind::mlp && !is_exact(scenario_) &&
                             scenario_.model.activation == ModelSpec::Activation::relu;
      batches_.push_back(sampler_.batch(step));
      if (is_exact(scenario_)) require_exact(training_, dataset_, batches_.back(), parameters_, dtype_of(scenario_));
      if (has_kinks) kinks_.make_safe(batches_.back(), parameters_);
    }
    return batches_[step];
  }
  void step_done(Strategy& one) { parameters_ = to_host<double>(one.compute(), one.model().parameters().values()); }

  [[nodiscard]] const std::vector<std::vector<SampleId>>& batches() const { return batches_; }
  [[nodiscard]] std::size_t replaced() const { return kinks_.replaced(); }

 private:
  const Scenario& scenario_;
  const Training& training_;
  const Dataset& dataset_;
  Sampler sampler_;
  KinkSafeChoice kinks_;
  std::vector<double> parameters_;
  std::vector<std::vector<SampleId>> batches_;
};

/// `record_one` records one device, in double, by the plan it is given.
template <typename RecordOne>
Oracle run_one_device(const Scenario& scenario, const Dataset& dataset, std::size_t steps,
                      const RecordOne& record_one) {
  const Training training = make_training(scenario, DType::f64);
  BatchChoice choice{scenario, training, dataset};
  RecordingPlan plan;
  plan.steps = steps;
  plan.batches = [&](std::size_t step) { return choice.batch(step); };
  plan.after_step = [&](std::size_t, Strategy& one) { choice.step_done(one); };
  World world = make_oracle_world();
  PiecewiseRun run = record_one(world, training, plan);
  return {.recording = std::move(run.recording),
          .pieces = std::move(run.steps),
          .batches = choice.batches(),
          .replaced = choice.replaced()};
}

}  // namespace

Oracle run_oracle(const Scenario& scenario, const Dataset& dataset, std::size_t steps) {
  return run_one_device(scenario, dataset, steps,
                        [&](World& world, const Training& training, const RecordingPlan& plan) {
                          return PiecewiseRun{.recording = record(world, training, dataset, plan), .steps = {}};
                        });
}

Oracle run_oracle_in_pieces(const Scenario& scenario, const Dataset& dataset, std::size_t steps,
                            const StrategyOptions& options) {
  return run_one_device(scenario, dataset, steps, [&](World& world, const Training& training, RecordingPlan plan) {
    plan.options = options;
    return record_pieces(world, training, dataset, std::move(plan), scenario.run.devices);
  });
}

}  // namespace lockstep
