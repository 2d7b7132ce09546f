#include "harness/run/setup.hpp"

#include "harness/data/exact.hpp"
#include "harness/data/fashion_mnist.hpp"
#include "harness/data/idx.hpp"
#include "harness/data/inline_data.hpp"
#include "harness/data/synthetic.hpp"
#include "harness/data/tokens.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/slowed.hpp"
#include "harness/run/backend.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/gpt.hpp"
#include "harness/train/models/mlp.hpp"
#include "harness/train/models/resnet.hpp"

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

Architecture architecture_of(const ModelSpec& model, std::uint64_t seed) {
  if (model.kind == ModelSpec::Kind::gpt)
    return make_gpt({.layers = model.blocks,
                     .width = model.width,
                     .heads = model.heads,
                     .context = model.context,
                     .vocabulary = model.vocabulary,
                     .dropout = model.dropout,
                     .seed = seed});
  if (model.kind == ModelSpec::Kind::mlp) return make_mlp(model.widths, activation_of(model), model.bias);
  return make_resnet({.image = model.image,
                      .depth = model.depth,
                      .filters = model.filters,
                      .classes = model.classes,
                      .activation = activation_of(model),
                      .normalization = model.normalization == ModelSpec::Normalization::batch ? Normalization::batch
                                                                                              : Normalization::none});
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
    case OptimizerSpec::Kind::adamw:
      return kernels::AdamSettings{.learning_rate = spec.learning_rate,
                                   .beta1 = spec.beta1,
                                   .beta2 = spec.beta2,
                                   .epsilon = spec.epsilon,
                                   .weight_decay = spec.weight_decay,
                                   .decay = kernels::AdamSettings::Decay::of_value};
    case OptimizerSpec::Kind::ternary:
      return kernels::TernarySettings{.threshold = spec.threshold};
  }
  throw InternalError{"an optimizer kind without an optimizer"};
}

UpdateRules rules_of(const TrainSpec& train) {
  const bool is_cosine = train.schedule.kind == ScheduleSpec::Kind::cosine;
  return {.clip_norm = train.clip_norm,
          .schedule = {.kind = is_cosine ? Schedule::Kind::cosine : Schedule::Kind::constant,
                       .warmup_steps = static_cast<std::int64_t>(train.schedule.warmup_steps),
                       .min_learning_rate = train.schedule.min_learning_rate,
                       .steps = static_cast<std::int64_t>(train.steps)}};
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
  const ModelSpec& model = scenario.model;
  if (dataset.input_width() != model.inputs())
    throw InputError{fmt::format("{}: model: it takes {} inputs, but a sample of the data has {}", scenario.name,
                                 model.inputs(), dataset.input_width())};
  if (dataset.has_labels() != wants_labels(scenario))
    throw InputError{fmt::format("{}: train.loss: {} does not fit data with {}", scenario.name,
                                 wants_labels(scenario) ? "cross_entropy" : "mse",
                                 dataset.has_labels() ? "class labels" : "values")};
  const std::size_t outputs = dataset.has_labels() ? dataset.classes() : dataset.target_width();
  if (outputs > model.outputs() || (!dataset.has_labels() && outputs != model.outputs()))
    throw InputError{fmt::format("{}: model: it has {} outputs, but the data has {} {}", scenario.name, model.outputs(),
                                 outputs, dataset.has_labels() ? "classes" : "values per target")};
}

Dataset load_dataset(const Scenario& scenario) {
  const DataShape shape{
      .samples = scenario.data.samples, .inputs = scenario.model.inputs(), .outputs = scenario.model.outputs()};
  switch (scenario.data.source) {
    case DataSpec::Source::synthetic:
      if (scenario.model.takes_tokens())
        return make_synthetic_tokens(
            {.samples = shape.samples, .context = shape.inputs, .vocabulary = scenario.model.vocabulary},
            scenario.train.seed);
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
    case DataSpec::Source::text:
      return read_text(scenario.data.text, shape.inputs, scenario.model.vocabulary);
  }
  throw InternalError{"a data source without a dataset"};
}

World open_cores(const RunSpec& run, std::size_t devices, std::size_t first_core) {
  cpu::WorldOptions options{.ranks = static_cast<int>(devices), .deadline = patience_of(run), .first_core = first_core};
  if (run.device_memory > 0) options.capacity = run.device_memory;
  return cpu::open_world(options);
}

World open_gpus(const cuda::WorldOptions& options) {
  try {
    return cuda::open_world(options);
  } catch (const EnvironmentError& error) {
    throw EnvironmentError{fmt::format("{}; to do without GPUs: -a run.backend=cpu", error.what())};
  }
}

}  // namespace

World make_world(const Scenario& scenario, std::size_t devices, std::size_t first_core) {
  World world = scenario.run.is_on_gpus() ? open_gpus(gpu_options(scenario.run, devices))
                                          : open_cores(scenario.run, devices, first_core);
  if (scenario.run.slow_factor > 1) slow_down(*world.ranks.at(scenario.run.slow_device), scenario.run.slow_factor);
  return world;
}

World make_reference_world(const Scenario& scenario, std::size_t first_core) {
  Scenario plain = scenario;
  plain.run.device_memory = 0;
  plain.run.slow_factor = 1;
  plain.run.collectives = RunSpec::Collectives::local;  // one device needs no library to talk to itself
  return make_world(plain, 1, first_core);
}

World make_oracle_world() { return cpu::open_world({.ranks = 1}); }

DType dtype_of(const Scenario& scenario) {
  return scenario.train.dtype == TrainSpec::Type::bf16 ? DType::bf16 : DType::f32;
}

Training make_training(const Scenario& scenario) { return make_training(scenario, dtype_of(scenario)); }

Training make_training(const Scenario& scenario, DType dtype) {
  const ModelSpec& model = scenario.model;
  Training training{.architecture = architecture_of(model, scenario.train.seed),
                    .initial_values = {},
                    .optimizer = optimizer_of(scenario.train.optimizer),
                    .loss = wants_labels(scenario) ? Loss::cross_entropy : Loss::mse,
                    .dtype = dtype,
                    .rules = rules_of(scenario.train)};
  const auto specs = training.architecture.parameter_specs();
  training.initial_values = std::visit(InitialValues{specs, scenario.train.seed}, model.init.choice);
  for (float& value : training.initial_values) value = stored_as(dtype_of(scenario), value);
  return training;
}

void set_length(Training& training, const Scenario& scenario, std::size_t steps) {
  Schedule& schedule = training.rules.schedule;
  schedule.steps = static_cast<std::int64_t>(steps);
  if (schedule.warmup_steps >= schedule.steps)
    throw InputError{
        fmt::format("{}: train.schedule.warmup_steps: no step is left at the full learning rate, got {}; "
                    "expected less than the {} that train.epochs = {} makes",
                    scenario.name, schedule.warmup_steps, steps, scenario.train.epochs)};
}

Dataset make_dataset(const Scenario& scenario) {
  Dataset dataset = load_dataset(scenario).stored_as(dtype_of(scenario));
  require_fit(scenario, dataset);
  return dataset;
}

std::optional<Dataset> make_test_dataset(const Scenario& scenario) {
  if (scenario.data.source == DataSpec::Source::fashion_mnist)
    return load_fashion_mnist(FashionMnistPart::test).stored_as(dtype_of(scenario));
  if (scenario.data.source == DataSpec::Source::idx && !scenario.data.test_images.empty())
    return read_idx_dataset({scenario.data.test_images, scenario.data.test_labels}, scenario.model.outputs())
        .stored_as(dtype_of(scenario));
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
