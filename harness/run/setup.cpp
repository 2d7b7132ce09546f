#include "harness/run/setup.hpp"

#include "harness/data/exact.hpp"
#include "harness/data/fashion_mnist.hpp"
#include "harness/data/idx.hpp"
#include "harness/data/inline_data.hpp"
#include "harness/data/synthetic.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/slowed.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/mlp.hpp"

namespace lockstep {
namespace {

Activation activation_of(const ModelSpec& model) {
  switch (model.activation) {
    case ModelSpec::Activation::relu:
      return Activation::relu;
    case ModelSpec::Activation::tanh:
      return Activation::tanh;
    case ModelSpec::Activation::none:
      return Activation::none;
  }
  throw InternalError{"an activation without a layer"};
}

std::vector<float> joined(const std::vector<std::vector<double>>& parameters) {
  std::vector<float> all;
  for (const auto& values : parameters)
    for (const double value : values) all.push_back(static_cast<float>(value));
  return all;
}

/// Starting values by the scenario's choice; the overloads of `operator()` are the choices.
struct InitialValues {
  const std::vector<ParameterSpec>& specs;
  std::uint64_t seed;

  std::vector<float> operator()(const InitSpec::Kaiming&) const { return kaiming_uniform(specs, seed); }
  std::vector<float> operator()(const InitSpec::Ternary&) const { return sparse_ternary(specs, seed); }
  std::vector<float> operator()(const InitSpec::Constant& init) const { return constant(specs, init.value); }
  std::vector<float> operator()(const InitSpec::Values& init) const { return joined(init.parameters); }
};

OptimizerSettings optimizer_of(const OptimizerSpec& spec) {
  switch (spec.kind) {
    case OptimizerSpec::Kind::sgd:
      return kernels::SgdSettings{.learning_rate = spec.learning_rate,
                                  .momentum = spec.momentum,
                                  .weight_decay = spec.weight_decay,
                                  .nesterov = spec.nesterov};
    case OptimizerSpec::Kind::adam:
      return kernels::AdamSettings{.learning_rate = spec.learning_rate,
                                   .beta1 = spec.beta1,
                                   .beta2 = spec.beta2,
                                   .epsilon = spec.epsilon,
                                   .weight_decay = spec.weight_decay};
    case OptimizerSpec::Kind::ternary:
      return kernels::TernarySettings{.threshold = spec.threshold};
  }
  throw InternalError{"an optimizer kind without an optimizer"};
}

Split split_of(const SplitSpec& spec) {
  if (const SplitSpec::Sizes* sizes = spec.sizes()) return weighted(*sizes);
  switch (std::get<SplitSpec::Rule>(spec.choice)) {
    case SplitSpec::Rule::chunk:
      return chunk;
    case SplitSpec::Rule::balanced:
      return balanced;
    case SplitSpec::Rule::speed:
      break;  // the family that measures the speeds makes it
  }
  return chunk;
}

bool wants_labels(const Scenario& scenario) { return scenario.train.loss == TrainSpec::Loss::cross_entropy; }

Dataset make_inline(const Scenario& scenario) {
  const DataSpec& data = scenario.data;
  if (!wants_labels(scenario)) return make_inline_values(data.inputs, data.targets);
  std::vector<std::int64_t> labels;
  for (const auto& row : data.targets) labels.push_back(static_cast<std::int64_t>(row[0]));
  return make_inline_labels(data.inputs, labels, scenario.model.outputs());
}

void require_fit(const Scenario& scenario, const Dataset& dataset) {
  const std::vector<std::size_t>& widths = scenario.model.widths;
  if (dataset.input_width() != widths.front())
    throw InputError{fmt::format("{}: model.widths: the first is {}, but a sample of the data has {} inputs",
                                 scenario.name, widths.front(), dataset.input_width())};
  if (dataset.has_labels() != wants_labels(scenario))
    throw InputError{fmt::format("{}: train.loss: {} does not fit data with {}", scenario.name,
                                 wants_labels(scenario) ? "cross_entropy" : "mse",
                                 dataset.has_labels() ? "class labels" : "values")};
  const std::size_t outputs = dataset.has_labels() ? dataset.classes() : dataset.target_width();
  if (outputs > widths.back() || (!dataset.has_labels() && outputs != widths.back()))
    throw InputError{fmt::format("{}: model.widths: the last is {}, but the data has {} {}", scenario.name,
                                 widths.back(), outputs, dataset.has_labels() ? "classes" : "values per target")};
}

Dataset load_dataset(const Scenario& scenario) {
  const DataShape shape{
      .samples = scenario.data.samples, .inputs = scenario.model.widths.front(), .outputs = scenario.model.outputs()};
  switch (scenario.data.source) {
    case DataSpec::Source::synthetic:
      return wants_labels(scenario) ? make_synthetic_labels(shape, scenario.train.seed)
                                    : make_synthetic_values(shape, scenario.train.seed);
    case DataSpec::Source::exact:
      return make_exact(shape, scenario.train.seed);
    case DataSpec::Source::fashion_mnist:
      return load_fashion_mnist(FashionMnistPart::train);
    case DataSpec::Source::idx:
      return read_idx_dataset({scenario.data.images, scenario.data.labels}, scenario.model.outputs());
    case DataSpec::Source::inline_rows:
      return make_inline(scenario);
  }
  throw InternalError{"a data source without a dataset"};
}

}  // namespace

World make_world(const Scenario& scenario, std::size_t devices, std::size_t first_core) {
  cpu::WorldOptions options{.ranks = static_cast<int>(devices), .first_core = first_core};
  if (scenario.run.device_memory > 0) options.capacity = scenario.run.device_memory;
  World world = cpu::open_world(options);
  if (scenario.run.slow_factor > 1) slow_down(*world.ranks.at(scenario.run.slow_device), scenario.run.slow_factor);
  return world;
}

World make_reference_world(const Scenario& scenario, std::size_t first_core) {
  Scenario plain = scenario;
  plain.run.device_memory = 0;
  plain.run.slow_factor = 1;
  return make_world(plain, 1, first_core);
}

Training make_training(const Scenario& scenario, DType dtype) {
  const ModelSpec& model = scenario.model;
  Training training{.architecture = make_mlp(model.widths, activation_of(model), model.bias),
                    .initial_values = {},
                    .optimizer = optimizer_of(scenario.train.optimizer),
                    .loss = wants_labels(scenario) ? Loss::cross_entropy : Loss::mse,
                    .dtype = dtype};
  const auto specs = training.architecture.parameter_specs();
  training.initial_values = std::visit(InitialValues{specs, scenario.train.seed}, model.init.choice);
  return training;
}

Dataset make_dataset(const Scenario& scenario) {
  Dataset dataset = load_dataset(scenario);
  require_fit(scenario, dataset);
  return dataset;
}

std::optional<Dataset> make_test_dataset(const Scenario& scenario) {
  if (scenario.data.source == DataSpec::Source::fashion_mnist) return load_fashion_mnist(FashionMnistPart::test);
  if (scenario.data.source == DataSpec::Source::idx && !scenario.data.test_images.empty())
    return read_idx_dataset({scenario.data.test_images, scenario.data.test_labels}, scenario.model.outputs());
  return std::nullopt;
}

Sampler make_sampler(const Scenario& scenario, const Dataset& dataset, std::size_t batch) {
  return Sampler{dataset.size(), batch, scenario.data.shuffle ? SampleOrder::shuffled : SampleOrder::sequential,
                 scenario.data.last_batch == DataSpec::LastBatch::keep ? LastBatch::keep : LastBatch::drop,
                 scenario.train.seed};
}

BatchPlan make_batches(const Scenario& scenario, const Dataset& dataset, std::size_t batch) {
  return [sampler = make_sampler(scenario, dataset, batch)](std::size_t step) mutable { return sampler.batch(step); };
}

std::string_view strategy_name(const Scenario& scenario) {
  switch (scenario.run.strategy) {
    case RunSpec::Strategy::single:
      return "single";
    case RunSpec::Strategy::dp:
      return "dp";
    case RunSpec::Strategy::ddp:
      return "ddp";
  }
  throw InternalError{"a strategy without a name"};
}

StrategyOptions make_options(const Scenario& scenario) {
  const bool is_by_devices =
      scenario.run.strategy == RunSpec::Strategy::ddp && scenario.run.averaging == RunSpec::Averaging::devices;
  return {.buckets = {.first = scenario.run.first_bucket, .others = scenario.run.bucket},
          .split = split_of(scenario.run.split),
          .micro_batches = scenario.train.micro_batches,
          .averaging = is_by_devices ? Averaging::devices : Averaging::samples};
}

StrategyOptions make_reference_options(const Scenario& scenario) {
  return {.micro_batches = scenario.train.micro_batches};
}

bool is_exact(const Scenario& scenario) { return scenario.data.source == DataSpec::Source::exact; }

}  // namespace lockstep
