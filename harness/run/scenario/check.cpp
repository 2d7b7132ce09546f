#include "harness/run/scenario/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

using Conflicts = std::vector<Conflict>;
using Source = DataSpec::Source;

/// Whether runs are compared with one device, step by step.
bool is_compared(const Scenario& s) { return s.family == "equivalence" || s.family == "faults"; }

/// The key that says how many outputs a model has.
std::string_view outputs_key(const ModelSpec& model) {
  if (model.kind == ModelSpec::Kind::gpt) return "model.vocabulary";
  return model.kind == ModelSpec::Kind::mlp ? "model.widths" : "model.classes";
}

/// Likewise for its inputs.
std::string_view inputs_key(const ModelSpec& model) {
  if (model.kind == ModelSpec::Kind::gpt) return "model.context";
  return model.kind == ModelSpec::Kind::mlp ? "model.widths" : "model.image";
}

/// Likewise for its parameters.
std::string_view size_key(const ModelSpec& model) {
  if (model.kind == ModelSpec::Kind::gpt) return "model.width";
  return model.kind == ModelSpec::Kind::mlp ? "model.widths" : "model.filters";
}

void check_resnet(const Scenario& s, Conflicts& conflicts) {
  const ModelSpec& model = s.model;
  if (model.kind != ModelSpec::Kind::resnet) return;
  if ((model.depth - 2) % 6 != 0)
    conflicts.push_back(
        {"model.depth", fmt::format("no number of whole blocks, got {}; expected 6n + 2: 8, 14, 20, …", model.depth)});
  if (std::holds_alternative<InitSpec::Values>(model.init.choice))
    conflicts.push_back({"model.init", "values are for model.kind = \"mlp\", got a \"resnet\"; expected another one"});
}

/// Which data are tokens, and what only such data have.
void check_tokens(const Scenario& s, Conflicts& conflicts) {
  constexpr std::size_t bytes = 256;
  const ModelSpec& model = s.model;
  if (!model.takes_tokens()) {
    if (s.data.source == Source::text)
      conflicts.push_back({"data.source", "\"text\" is tokens, got another model; expected model.kind = \"gpt\""});
    return;
  }
  if (model.width % model.heads != 0)
    conflicts.push_back(
        {"model.heads", fmt::format("they share the width, got {} heads for model.width = {}; expected a "
                                    "divisor of it",
                                    model.heads, model.width)});
  if (s.data.source != Source::synthetic && s.data.source != Source::text)
    conflicts.push_back({"data.source", "not tokens, but model.kind is \"gpt\"; expected \"synthetic\" or \"text\""});
  if (s.data.source == Source::text && model.vocabulary < bytes)
    conflicts.push_back({"model.vocabulary", fmt::format("too few for the bytes of data.source = \"text\", got {}; "
                                                         "expected at least {}",
                                                         model.vocabulary, bytes)});
  if (s.train.loss != TrainSpec::Loss::cross_entropy)
    conflicts.push_back({"train.loss",
                         "tokens are classes, got \"mse\" with model.kind = \"gpt\"; expected "
                         "\"cross_entropy\""});
}

/// Rounding decides on which side of its kink one of so many units comes out, and that changes a gradient by more than
/// any limit for rounding.
void check_kinks(const Scenario& s, Conflicts& conflicts) {
  if (is_compared(s) && s.model.kind == ModelSpec::Kind::resnet && s.data.source != Source::exact &&
      s.model.activation == ModelSpec::Activation::relu)
    conflicts.push_back({"model.activation",
                         "a residual network has too many kinks to choose samples by, got \"relu\"; expected "
                         "\"tanh\", or data.source = \"exact\", in the families equivalence and faults"});
}

void check_model(const ModelSpec& model, Conflicts& conflicts) {
  constexpr std::size_t most_parameters = std::size_t{1} << 33;
  const std::size_t parameters = model.parameters();
  if (parameters > most_parameters)
    conflicts.push_back(
        {size_key(model), fmt::format("too many parameters, got {} ({} as float32); expected at most {}", parameters,
                                      format_bytes(parameters * 4), most_parameters)});
}

/// The sizes of the parameters in the order in which they are registered.
std::vector<std::size_t> parameter_sizes(const ModelSpec& model) {
  std::vector<std::size_t> sizes;
  for (std::size_t layer = 0; layer < model.layers(); ++layer) {
    sizes.push_back(model.widths[layer + 1] * model.widths[layer]);
    if (model.bias) sizes.push_back(model.widths[layer + 1]);
  }
  return sizes;
}

void check_init(const ModelSpec& model, Conflicts& conflicts) {
  const auto* init = std::get_if<InitSpec::Values>(&model.init.choice);
  if (init == nullptr || model.kind != ModelSpec::Kind::mlp) return;
  const std::vector<std::size_t> sizes = parameter_sizes(model);
  if (init->parameters.size() != sizes.size()) {
    conflicts.push_back(
        {"model.init", fmt::format("wrong number of parameters, got {} lists in values; expected {}, one for "
                                   "each parameter that model.widths and model.bias make",
                                   init->parameters.size(), sizes.size())});
    return;
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (init->parameters[i].size() != sizes[i])
      conflicts.push_back(
          {"model.init", fmt::format("wrong size of parameter {}, got {} values; expected {} by model.widths", i,
                                     init->parameters[i].size(), sizes[i])});
}

void check_training(const Scenario& s, Conflicts& conflicts) {
  const TrainSpec& train = s.train;
  if (train.steps != 0 && train.epochs != 0)
    conflicts.push_back(
        {"train.epochs", fmt::format("train.steps is given too, got epochs = {} and steps = {}; expected one "
                                     "of them",
                                     train.epochs, train.steps)});
  if (train.loss == TrainSpec::Loss::cross_entropy && s.model.outputs() == 1)
    conflicts.push_back({"train.loss",
                         "\"cross_entropy\" of one class is always 0, got a model with 1 output; expected at "
                         "least 2 outputs, or \"mse\""});
  const OptimizerSpec& optimizer = train.optimizer;
  if (optimizer.kind == OptimizerSpec::Kind::sgd && optimizer.nesterov && optimizer.momentum == 0)
    conflicts.push_back(
        {"train.optimizer.nesterov", "needs train.optimizer.momentum, got momentum = 0; expected above 0"});
}

void check_schedule(const TrainSpec& train, Conflicts& conflicts) {
  const ScheduleSpec& schedule = train.schedule;
  if (train.steps != 0 && schedule.warmup_steps >= train.steps)
    conflicts.push_back({"train.schedule.warmup_steps",
                         fmt::format("no step is left at the full learning rate, got {}; expected less than "
                                     "train.steps = {}",
                                     schedule.warmup_steps, train.steps)});
  if (schedule.kind == ScheduleSpec::Kind::cosine && schedule.min_learning_rate > train.optimizer.learning_rate)
    conflicts.push_back({"train.schedule.min_learning_rate",
                         fmt::format("above train.optimizer.learning_rate, got {} and {}; expected at most that",
                                     schedule.min_learning_rate, train.optimizer.learning_rate)});
}

/// Which of train.steps and train.epochs the family counts in.
void check_length(const Scenario& s, Conflicts& conflicts) {
  // Every step of every rank is kept for the checks.
  constexpr std::size_t most_recorded_steps = 64;
  const bool is_recorded = is_compared(s) || s.family == "checkpoint";
  if (is_recorded && s.train.steps > most_recorded_steps)
    conflicts.push_back({"train.steps", fmt::format("family \"{}\" keeps every step, got {}; expected at most {}",
                                                    s.family, s.train.steps, most_recorded_steps)});
  if (is_recorded && s.train.steps == 0)
    conflicts.push_back(
        {"train.epochs", fmt::format("family \"{}\" keeps every step, got epochs = {}; expected train.steps", s.family,
                                     s.train.epochs)});
  if (s.family == "convergence" && s.train.epochs == 0)
    conflicts.push_back(
        {"family", fmt::format("\"convergence\" is judged after every epoch, got train.steps = {}; expected "
                               "train.epochs",
                               s.train.steps)});
  const bool is_timed = s.family == "speedup" || s.family == "communication" || s.family == "imbalance";
  if (is_timed && s.train.steps == 0)
    conflicts.push_back({"train.epochs", fmt::format("family \"{}\" measures blocks of steps, got epochs = {}; "
                                                     "expected train.steps",
                                                     s.family, s.train.epochs)});
}

void check_collective(const CommunicationSpec& spec, Conflicts& conflicts) {
  if (spec.min_size > spec.max_size)
    conflicts.push_back(
        {"communication.min_size", fmt::format("above communication.max_size, got {} and {}; expected "
                                               "at most that",
                                               format_bytes(spec.min_size), format_bytes(spec.max_size))});
}

/// A batch counts as one that fits when so many steps were trained with it.
void check_confirming_steps(const Scenario& s, Conflicts& conflicts) {
  constexpr std::size_t fewest = 5;
  constexpr std::size_t most = 1000;
  if (s.family != "memory") return;
  if (s.train.steps == 0)
    conflicts.push_back({"train.epochs", fmt::format("family \"memory\" tries batches in steps, got epochs = {}; "
                                                     "expected train.steps",
                                                     s.train.epochs)});
  else if (s.train.steps < fewest || s.train.steps > most)
    conflicts.push_back(
        {"train.steps", fmt::format("family \"memory\" confirms each batch with them, got {}; expected {} to {}",
                                    s.train.steps, fewest, most)});
}

void check_batch(const Scenario& s, std::size_t samples, Conflicts& conflicts) {
  if (s.global_batch() > samples)
    conflicts.push_back(
        {"train.batch", fmt::format("larger than the data, got {} samples per step of {} in all; expected a "
                                    "lower train.batch or more samples",
                                    s.global_batch(), samples)});
}

void check_inputs(const ModelSpec& model, std::string_view reason, std::size_t expected, Conflicts& conflicts) {
  if (model.inputs() != expected)
    conflicts.push_back({inputs_key(model), fmt::format("wrong number of inputs, got {}; expected {}, as {}",
                                                        model.inputs(), expected, reason)});
}

void check_outputs(const ModelSpec& model, std::string_view reason, std::size_t expected, Conflicts& conflicts) {
  if (model.outputs() != expected)
    conflicts.push_back({outputs_key(model), fmt::format("wrong number of outputs, got {}; expected {}, as {}",
                                                         model.outputs(), expected, reason)});
}

void check_idx(const DataSpec& data, Conflicts& conflicts) {
  if (data.images.empty()) conflicts.push_back({"data.images", "missing, but data.source is \"idx\"; expected a file"});
  if (data.labels.empty()) conflicts.push_back({"data.labels", "missing, but data.source is \"idx\"; expected a file"});
  if (data.test_images.empty() != data.test_labels.empty())
    conflicts.push_back({data.test_images.empty() ? "data.test_labels" : "data.test_images",
                         "data.test_images and data.test_labels belong together, got one; expected both or none"});
}

/// The width of all rows; reports rows that differ from the first.
std::size_t row_width(std::string_view key, const std::vector<std::vector<double>>& rows, Conflicts& conflicts) {
  for (std::size_t row = 1; row < rows.size(); ++row)
    if (rows[row].size() != rows[0].size()) {
      conflicts.push_back({key, fmt::format("rows of different lengths, got {} in row {}; expected {} as in row 0",
                                            rows[row].size(), row, rows[0].size())});
      break;
    }
  return rows[0].size();
}

void check_classes(const std::vector<std::vector<double>>& targets, std::size_t classes, Conflicts& conflicts) {
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const bool one = targets[row].size() == 1;
    const double label = one ? targets[row][0] : -1;
    if (one && label >= 0 && label < static_cast<double>(classes) && label == std::floor(label)) continue;
    conflicts.push_back(
        {"data.targets",
         fmt::format("not a class in row {}, got {}; expected for train.loss = "
                     "\"cross_entropy\" one integer from 0 to {}",
                     row, one ? fmt::format("{}", label) : fmt::format("{} values", targets[row].size()),
                     classes - 1)});
    return;
  }
}

void check_inline(const Scenario& s, Conflicts& conflicts) {
  const auto& [inputs, targets] = std::tie(s.data.inputs, s.data.targets);
  if (inputs.empty()) conflicts.push_back({"data.inputs", "missing, but data.source is \"inline\"; expected rows"});
  if (targets.empty()) conflicts.push_back({"data.targets", "missing, but data.source is \"inline\"; expected rows"});
  if (inputs.empty() || targets.empty()) return;
  if (inputs.size() != targets.size())
    conflicts.push_back({"data.targets", fmt::format("not one row for each of data.inputs, got {} rows; expected {}",
                                                     targets.size(), inputs.size())});
  check_inputs(s.model, "data.inputs has", row_width("data.inputs", inputs, conflicts), conflicts);
  if (s.train.loss == TrainSpec::Loss::cross_entropy) {
    check_classes(targets, s.model.outputs(), conflicts);
  } else {
    check_outputs(s.model, "data.targets has", row_width("data.targets", targets, conflicts), conflicts);
  }
  check_batch(s, inputs.size(), conflicts);
}

/// The mean over batch × outputs must divide by a power of two, or it rounds.
void check_exact_batch(const Scenario& s, std::size_t batch, std::string_view what, Conflicts& conflicts) {
  if (batch == 0 || std::has_single_bit(batch * s.model.outputs())) return;
  conflicts.push_back(
      {"train.batch", fmt::format("not exact: {} × outputs is no power of two, got {} × {}; expected one with "
                                  "data.source = \"exact\"",
                                  what, batch, s.model.outputs())});
}

/// A residual network's last images are a quarter as high and wide, rounded up twice.
bool is_mean_of_pixels_exact(const ModelSpec& model) {
  const auto last = [](std::size_t size) { return (size + 3) / 4; };
  return model.kind != ModelSpec::Kind::resnet || std::has_single_bit(last(model.image[1]) * last(model.image[2]));
}

/// What exact data promises: no rounding anywhere. Each of these would round.
void check_exact(const Scenario& s, Conflicts& conflicts) {
  const auto conflict = [&](std::string_view key, std::string_view found, std::string_view expected) {
    conflicts.push_back(
        {key, fmt::format("not exact, got {}; expected {} with data.source = \"exact\"", found, expected)});
  };
  if (s.train.loss != TrainSpec::Loss::mse) conflict("train.loss", "\"cross_entropy\"", "\"mse\"");
  if (s.model.couples_samples()) conflict("model.normalization", "\"batch\"", "\"none\"");
  if (!is_mean_of_pixels_exact(s.model))
    conflict("model.image", "means over numbers of pixels that are no power of two",
             "height and width that two halvings bring to one");
  if (s.model.activation == ModelSpec::Activation::tanh)
    conflict("model.activation", "\"tanh\"", "\"relu\" or \"none\"");
  if (!std::holds_alternative<InitSpec::Ternary>(s.model.init.choice))
    conflict("model.init", "another one", "\"ternary\"");
  if (s.train.optimizer.kind != OptimizerSpec::Kind::ternary && s.train.steps != 1)
    conflict("train.optimizer.kind", "one that leaves the integers", "\"ternary\", or train.steps = 1,");
  if (s.train.clip_norm > 0) conflict("train.clip_norm", "a norm, which rounds", "0");
  if (s.run.strategy == RunSpec::Strategy::ddp && s.run.averaging == RunSpec::Averaging::devices)
    conflict("run.averaging", "\"devices\"", "\"samples\"");
  check_exact_batch(s, s.global_batch(), "global batch", conflicts);
  const std::size_t tail = s.data.samples % s.global_batch();
  if (s.data.last_batch == DataSpec::LastBatch::keep && s.global_batch() <= s.data.samples)
    check_exact_batch(s, tail, "last batch (data.samples, data.last_batch = \"keep\")", conflicts);
}

void check_data(const Scenario& s, Conflicts& conflicts) {
  if (s.model.takes_tokens() && s.data.source != Source::synthetic && s.data.source != Source::text)
    return;  // said already: none of its sizes would fit
  switch (s.data.source) {
    case Source::synthetic:
      check_batch(s, s.data.samples, conflicts);
      break;
    case Source::exact:
      check_exact(s, conflicts);
      check_batch(s, s.data.samples, conflicts);
      break;
    case Source::fashion_mnist:
      check_inputs(s.model, "data.source = \"fashion-mnist\" has pixels", 784, conflicts);
      check_outputs(s.model, "data.source = \"fashion-mnist\" has classes", 10, conflicts);
      break;
    case Source::idx:
      check_idx(s.data, conflicts);
      break;
    case Source::inline_rows:
      check_inline(s, conflicts);
      break;
    case Source::text:
      if (s.data.text.empty())
        conflicts.push_back({"data.text", "missing, but data.source is \"text\"; expected a file"});
      break;
  }
}

bool is_single_on_several(const RunSpec& run) { return run.strategy == RunSpec::Strategy::single && run.devices > 1; }

/// Whether the split's sizes are for another number of devices.
bool is_split_for_others(const RunSpec& run) {
  const SplitSpec::Sizes* sizes = run.split.sizes();
  return run.strategy != RunSpec::Strategy::single && sizes != nullptr && sizes->size() != run.devices;
}

void check_split(const Scenario& s, Conflicts& conflicts) {
  const bool is_split = s.run.strategy != RunSpec::Strategy::single;
  if (is_split && s.run.split.is(SplitSpec::Rule::speed) && s.family != "imbalance")
    conflicts.push_back(
        {"run.split", fmt::format("\"speed\" needs measured steps, got family \"{}\"; expected \"imbalance\", or "
                                  "another split",
                                  s.family)});
  const SplitSpec::Sizes* sizes = s.run.split.sizes();
  if (sizes == nullptr) return;
  for (const RunSpec& run : {s.run, s.resumed_run()})
    if (is_split_for_others(run))
      conflicts.push_back({"run.split", fmt::format("not one size for each device, got {} sizes for {} devices; "
                                                    "expected {}",
                                                    sizes->size(), run.devices, run.devices)});
  if (std::ranges::all_of(*sizes, [](std::size_t size) { return size == 0; }))
    conflicts.push_back({"run.split", "no device gets a row, got sizes that are all 0; expected one above 0"});
}

void check_run(const Scenario& s, Conflicts& conflicts) {
  if (is_single_on_several(s.run))
    conflicts.push_back(
        {"run.strategy", fmt::format("\"single\" runs on one device, got run.devices = {}; expected 1, \"dp\" or "
                                     "\"ddp\"",
                                     s.run.devices)});
  if (s.run.slow_factor > 1 && s.run.slow_device >= s.run.devices)
    conflicts.push_back(
        {"run.slow_device", fmt::format("no such device, got {} with run.devices = {}; expected at most {}",
                                        s.run.slow_device, s.run.devices, s.run.devices - 1)});
  if ((s.family == "speedup" || s.family == "imbalance") && s.run.max_repetitions < s.run.repetitions)
    conflicts.push_back({"run.max_repetitions", fmt::format("below run.repetitions, got {}; expected at least {}",
                                                            s.run.max_repetitions, s.run.repetitions)});
}

/// The first GPU that two of the ranks have.
std::optional<int> shared_gpu(const std::vector<int>& gpus) {
  std::map<int, int> ranks;
  for (const int gpu : gpus)
    if (++ranks[gpu] == 2) return gpu;
  return std::nullopt;
}

/// Whether the GPUs that are chosen are enough for so many devices, and what shares them.
void check_device_map(const RunSpec& run, Conflicts& conflicts) {
  if (run.device_map.empty()) return;
  const std::vector<int> gpus = run.gpus_of(run.devices);
  if (gpus.size() < run.devices)
    conflicts.push_back({"run.device_map", fmt::format("not a GPU for each device, got {} for run.devices = {}; "
                                                       "expected at least {}, of which the first {} count",
                                                       gpus.size(), run.devices, run.devices, run.devices)});
  const std::optional<int> shared = shared_gpu(gpus);
  if (shared && run.collectives == RunSpec::Collectives::nccl)
    conflicts.push_back({"run.device_map", fmt::format("NCCL refuses two ranks on one GPU, got GPU {} for several "
                                                       "with run.collectives = \"nccl\"; expected each GPU once, or "
                                                       "run.collectives = \"local\"",
                                                       *shared)});
}

/// What rounds to 11 bits agrees neither with f64 nor with another split to the limits that the checks have.
void check_tf32(const Scenario& s, Conflicts& conflicts) {
  if (!s.run.tf32) return;
  const auto conflict = [&](std::string_view why, const std::string& found) {
    conflicts.push_back({"run.tf32", fmt::format("{}, got true with {}; expected false", why, found)});
  };
  if (s.data.source == Source::exact) conflict("TF32 rounds, and exact data must not be", "data.source = \"exact\"");
  if (is_compared(s) || s.family == "imbalance")
    conflict("TF32 rounds to 11 bits, too few for a comparison with f64", fmt::format("family \"{}\"", s.family));
  if (s.family == "checkpoint" && s.resumed_run() != s.run)
    conflict("TF32 rounds to 11 bits, too few to compare other devices that go on",
             "another checkpoint.resume_strategy or checkpoint.resume_devices");
}

/// What the checks of bf16 cannot tell from rounding, or what bf16 has no part in.
void check_bf16(const Scenario& s, Conflicts& conflicts) {
  if (s.train.dtype != TrainSpec::Type::bf16) return;
  const auto conflict = [&](std::string_view why, const std::string& found, std::string_view expected) {
    conflicts.push_back({"train.dtype", fmt::format("{}, got \"bf16\" with {}; expected {}", why, found, expected)});
  };
  if (s.model.takes_tokens())
    conflict("attention, embeddings, GELU and layer normalisation have no kernels for bf16", "model.kind = \"gpt\"",
             "\"f32\"");
  if (s.model.kind == ModelSpec::Kind::resnet)
    conflict("convolution and batch normalisation have no kernels for bf16", "model.kind = \"resnet\"", "\"f32\"");
  if (s.run.is_on_gpus() && s.run.tf32)
    conflict("TF32 is a way to multiply float32", "run.tf32 = true", "run.tf32 = false, or \"f32\"");
  if (s.family == "imbalance")
    conflict("bf16 keeps 8 bits, too few to see the bias of a mean of the devices' means", "family \"imbalance\"",
             "\"f32\"");
  if (s.data.source == Source::exact) return;
  // Rounding to 8 bits puts so many units on the other side of their kink that no sample would be safe.
  if (is_compared(s) && s.model.has_kinks())
    conflict("bf16 rounds so much that \"relu\" has no sample away from its kinks", "model.activation = \"relu\"",
             "\"tanh\", \"none\" or data.source = \"exact\"");
  if (s.family == "checkpoint" && s.resumed_run() != s.run)
    conflict("bf16 keeps 8 bits, too few to compare other devices that go on",
             "another checkpoint.resume_strategy or checkpoint.resume_devices",
             "the same, data.source = \"exact\", or \"f32\"");
}

void check_gpus(const Scenario& s, Conflicts& conflicts) {
  if (!s.run.is_on_gpus()) return;
  check_device_map(s.run, conflicts);
  if (!s.is_training()) return;
  if (s.resumed_run().devices > s.run.devices) check_device_map(s.resumed_run(), conflicts);
  check_tf32(s, conflicts);
}

/// What a change of devices between saving and loading rules out.
void check_change_of_devices(const Scenario& s, Conflicts& conflicts) {
  const RunSpec resumed = s.resumed_run();
  if (is_single_on_several(resumed))
    conflicts.push_back(
        {"checkpoint.resume_strategy", fmt::format("\"single\" runs on one device, got {} that go on; expected "
                                                   "checkpoint.resume_devices = 1, \"dp\" or \"ddp\"",
                                                   resumed.devices)});
  if (resumed.devices != s.run.devices && s.run.scaling == RunSpec::Scaling::weak)
    conflicts.push_back({"run.scaling", fmt::format("\"weak\" makes the batch of {} devices another than that of {}; "
                                                    "expected \"strong\" where checkpoint.resume_devices differs",
                                                    resumed.devices, s.run.devices)});
  if (resumed != s.run && s.model.couples_samples())
    conflicts.push_back({"model.normalization",
                         "\"batch\" normalises other pieces where another strategy or number of devices goes on; "
                         "expected \"none\", or no other strategy and devices that go on"});
  // Rounding could put a sample on the other side of a kink, which changes a gradient by all of its share.
  if (resumed != s.run && s.data.source != Source::exact && s.model.has_kinks())
    conflicts.push_back({"model.activation",
                         "\"relu\" has kinks, so that sums in another order may differ by more than rounding; expected "
                         "\"tanh\" or \"none\", data.source = \"exact\", or no other strategy and devices that go on"});
}

void check_checkpoint(const Scenario& s, Conflicts& conflicts) {
  if (s.family != "checkpoint") return;
  const CheckpointSpec& checkpoint = s.checkpoint;
  if (checkpoint.save_after >= s.train.steps)
    conflicts.push_back(
        {"checkpoint.save_after", fmt::format("no step is left to go on with, got {}; expected less than train.steps "
                                              "= {}",
                                              checkpoint.save_after, s.train.steps)});
  if (checkpoint.after_micro_batch >= s.train.micro_batches)
    conflicts.push_back({"checkpoint.after_micro_batch",
                         fmt::format("is not within a step, got {}; expected less than train.micro_batches = {}",
                                     checkpoint.after_micro_batch, s.train.micro_batches)});
  check_change_of_devices(s, conflicts);
}

/// What faults are planted in: a training that they can be told from.
void check_faults(const Scenario& s, Conflicts& conflicts) {
  if (s.family != "faults") return;
  const auto conflict = [&](std::string_view key, std::string_view why, const std::string& found,
                            std::string_view expected) {
    conflicts.push_back({key, fmt::format("{}, got {} in family \"faults\"; expected {}", why, found, expected)});
  };
  constexpr std::size_t fewest_steps = 4;
  if (s.train.micro_batches != 1)
    conflict("train.micro_batches", "faults come with their own", fmt::format("{}", s.train.micro_batches), "1");
  if (s.train.clip_norm > 0)
    conflict("train.clip_norm", "faults of clipping come with their own", fmt::format("{}", s.train.clip_norm), "0");
  if (s.run.scaling == RunSpec::Scaling::weak)
    conflict("run.scaling", "one device's batch is compared", "\"weak\"", "\"strong\"");
  if (!s.run.split.is(SplitSpec::Rule::chunk))
    conflict("run.split", "faults of pieces are told from torch's", "another one", "\"chunk\"");
  if (s.run.averaging == RunSpec::Averaging::devices)
    conflict("run.averaging", "a mean of means is one of the faults", "\"devices\"", "\"samples\"");
  if (s.faults.planted_in == FaultsSpec::In::checkpoint) {
    const bool has_moments =
        s.train.optimizer.kind == OptimizerSpec::Kind::adam || s.train.optimizer.kind == OptimizerSpec::Kind::adamw;
    if (!has_moments)
      conflict("train.optimizer.kind", "faults are planted in two moments and a count", "one without",
               "\"adam\" or \"adamw\"");
    if (s.model.couples_samples())
      conflict("model.normalization", "other devices that go on would normalise other pieces", "\"batch\"", "\"none\"");
    if (s.train.batch < 4)
      conflict("train.batch", "a step has four micro-batches", fmt::format("{}", s.train.batch), "at least 4");
    return;
  }
  if (s.train.steps < fewest_steps)
    conflict("train.steps", "some faults act in the fourth step", fmt::format("{}", s.train.steps), "at least 4");
  if (s.train.batch < 4)
    conflict("train.batch", "faults are planted in four micro-batches", fmt::format("{}", s.train.batch), "at least 4");
  if (s.run.devices < 2 || s.run.strategy == RunSpec::Strategy::single)
    conflict("run.devices", "faults act between devices",
             s.run.devices < 2 ? fmt::format("{}", s.run.devices) : "run.strategy = \"single\"",
             "at least 2, with \"dp\" or \"ddp\"");
}

}  // namespace

bool is_single_on_several(const Scenario& scenario) {
  if (!scenario.is_training()) return false;
  return is_single_on_several(scenario.run) || is_single_on_several(scenario.resumed_run());
}

bool is_split_for_others(const Scenario& scenario) {
  if (!scenario.is_training()) return false;
  return is_split_for_others(scenario.run) || is_split_for_others(scenario.resumed_run());
}

std::vector<Conflict> find_conflicts(const Scenario& scenario) {
  Conflicts conflicts;
  if (!scenario.is_training()) {
    check_collective(scenario.communication, conflicts);
    check_gpus(scenario, conflicts);
    return conflicts;
  }
  check_model(scenario.model, conflicts);
  check_resnet(scenario, conflicts);
  check_tokens(scenario, conflicts);
  check_kinks(scenario, conflicts);
  check_init(scenario.model, conflicts);
  check_data(scenario, conflicts);
  check_training(scenario, conflicts);
  check_schedule(scenario.train, conflicts);
  check_length(scenario, conflicts);
  check_confirming_steps(scenario, conflicts);
  check_run(scenario, conflicts);
  check_gpus(scenario, conflicts);
  check_bf16(scenario, conflicts);
  check_checkpoint(scenario, conflicts);
  check_faults(scenario, conflicts);
  check_split(scenario, conflicts);
  return conflicts;
}

}  // namespace lockstep
