#include <algorithm>
#include <cmath>
#include <future>
#include <numeric>

#include "harness/measure/checks/training.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/ops/losses.hpp"
#include "harness/ops/memory.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

/// One training from the first to the last epoch.
struct Curve {
  std::vector<double> losses;        // of each step
  std::vector<double> epoch_losses;  // means over the steps of each epoch
  std::vector<double> accuracies;    // on the test data after each epoch; empty without
  std::vector<MemoryUse> memory;     // after the first epoch's training, before anything else
};

/// Share of the test samples whose class the model of rank 0 gets right.
double accuracy(Trainer& trainer, const Dataset& test, std::size_t rows_at_a_time) {
  double share = 0;
  trainer.on_every_rank([&](Rank& rank, Strategy& strategy) {
    if (rank.index != 0) return;
    Stream& stream = strategy.compute();
    Sampler sampler{test.size(), rows_at_a_time, SampleOrder::sequential, LastBatch::keep, 0};
    BatchLoader source{*rank.device, test, [sampler](std::size_t step) mutable { return sampler.batch(step); },
                       strategy.model().dtype()};
    const Tensor correct{*rank.device, DType::i32, {1}, Use::workspace};
    ops::zero(stream, correct);
    for (std::size_t step = 0; step < sampler.steps_per_epoch(); ++step) {
      const Batch batch = source.load(stream, step, {0, source.rows(step)});
      ops::add_correct(stream, strategy.model().forward(stream, batch.inputs, Mode::evaluate), batch.targets, correct);
    }
    share = static_cast<double>(to_host<std::int32_t>(stream, correct)[0]) / static_cast<double>(test.size());
  });
  return share;
}

Curve train(Trainer& trainer, const Scenario& scenario, std::size_t steps_per_epoch, const std::optional<Dataset>& test,
            const SampleSink& samples) {
  Curve curve;
  for (std::size_t epoch = 0; epoch < scenario.train.epochs; ++epoch) {
    trainer.run(steps_per_epoch);
    if (epoch == 0) curve.memory = memory_of(trainer.world());
    const std::vector<double> losses = trainer.take_losses();
    for (std::size_t step = 0; step < losses.size(); ++step)
      samples({.metric = "loss", .unit = "1", .index = curve.losses.size() + step, .value = losses[step]});
    curve.losses.insert(curve.losses.end(), losses.begin(), losses.end());
    curve.epoch_losses.push_back(std::accumulate(losses.begin(), losses.end(), 0.0) /
                                 static_cast<double>(losses.size()));
    if (!test) continue;
    curve.accuracies.push_back(accuracy(trainer, *test, std::min(scenario.global_batch(), test->size())));
    samples({.metric = "test_accuracy", .unit = "1", .index = epoch + 1, .value = curve.accuracies.back()});
  }
  return curve;
}

/// The same batches with their samples in the opposite order: the same mathematics with other rounding.
BatchPlan reversed(BatchPlan batches) {
  return [batches = std::move(batches)](std::size_t step) {
    std::vector<SampleId> ids = batches(step);
    std::ranges::reverse(ids);
    return ids;
  };
}

CheckResult check_learning(const Curve& curve) {
  const bool falls = curve.epoch_losses.back() < curve.losses.front();
  return judged("evidence:learning", curve.losses.size(), falls ? 0 : 1, 0,
                "the last epoch's mean loss is below the first step's loss");
}

}  // namespace

CaseResult run_convergence(const CaseRun& context) {
  const Scenario& scenario = context.one.scenario;
  require(scenario.train.epochs > 0, "{}: a convergence case without epochs", scenario.name);
  const Dataset dataset = make_dataset(scenario);
  const std::optional<Dataset> test = make_test_dataset(scenario);
  const std::size_t batch = scenario.global_batch();
  const std::size_t steps = make_sampler(scenario, dataset, batch).steps_per_epoch();
  Training training = make_training(scenario);
  set_length(training, scenario, scenario.train.epochs * steps);
  const BatchPlan batches = make_batches(scenario, dataset, batch);
  Trainer candidate{make_world(scenario, scenario.run.devices),
                    training,
                    dataset,
                    batches,
                    std::string{strategy_name(scenario)},
                    make_options(scenario)};
  const Curve curve = train(candidate, scenario, steps, test, context.samples);

  CaseResult result;
  result.checks.push_back(check_learning(curve));
  result.metrics.push_back({.name = "final_loss",
                            .unit = "1",
                            .better = Better::lower,
                            .value = curve.epoch_losses.back(),
                            .definition = "mean over the last epoch's steps",
                            .has_samples = true,
                            .untimed = true});
  if (!curve.accuracies.empty())
    result.metrics.push_back({.name = "test_accuracy",
                              .unit = "1",
                              .better = Better::higher,
                              .value = curve.accuracies.back(),
                              .definition = "share of the test samples classified correctly after the last epoch",
                              .has_samples = true,
                              .untimed = true});
  if (scenario.run.strategy != RunSpec::Strategy::single) {
    const auto make_reference = [&](std::size_t core, const BatchPlan& plan) {
      return Trainer{make_reference_world(scenario, core), training, dataset, plan, "single",
                     make_reference_options(scenario)};
    };
    Trainer one = make_reference(0, batches);
    Trainer other_order = make_reference(1, reversed(batches));
    const SampleSink nowhere = [](const Sample&) {};
    auto other_curve = std::async(std::launch::async, [&] { return train(other_order, scenario, steps, {}, nowhere); });
    const Curve reference = train(one, scenario, steps, {}, nowhere);
    const double rounding = loss_curve_distance(other_curve.get().epoch_losses, reference.epoch_losses);
    const double found = loss_curve_distance(curve.epoch_losses, reference.epoch_losses);
    result.checks.push_back(check_loss_curve(found, rounding, curve.epoch_losses.size(), batch));
    result.metrics.push_back({.name = "loss_curve_distance",
                              .unit = "1",
                              .better = Better::lower,
                              .value = found,
                              .definition = "largest relative difference of an epoch's mean loss to one device's",
                              .untimed = true});
  }
  result.memory = curve.memory;
  return result;
}

}  // namespace lockstep
