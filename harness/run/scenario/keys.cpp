#include "harness/run/scenario/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/text.hpp"
#include "harness/run/scenario/formats.hpp"
#include "harness/run/scenario/names.hpp"

namespace lockstep {
namespace {

using namespace formats;

/// TOML text without quotes and spaces; long values by their hash, because it becomes part of a case's name.
std::string axis_value(std::string toml) {
  std::erase_if(toml, [](char character) { return character == '"' || character == ' '; });
  return toml.size() <= 60 ? toml : fmt::format("#{}", format_hash(hash_text(toml)));
}

/// A row of the table. `members` lead to the field: &Scenario::train, &TrainSpec::batch.
template <typename T, typename... Members>
Key key(std::string_view path, const Format<T>& format, std::string_view meaning, Members... members) {
  Key row;
  row.path = path;
  row.expected = format.expected;
  row.meaning = meaning;
  row.depth = format.depth;
  row.read = [=](const toml::node& node) {
    T value = format.parse(node);
    std::string name = axis_value(format.print(value));
    return Assignment{std::move(name), [=](Scenario& scenario) { (scenario.*....*members) = value; }};
  };
  row.print = [=](const Scenario& scenario) { return format.print((scenario.*....*members)); };
  return row;
}

Key required(Key row) {
  row.required = true;
  return row;
}
Key no_axis(Key row) {
  row.can_be_axis = false;
  return row;
}
Key not_hashed(Key row) {
  row.hashed = false;
  return row;
}
/// When a key has an effect, in words and as a test.
struct Condition {
  std::string_view text;
  bool (*holds)(const Scenario&);
};
Key used_with(const Condition& condition, Key row) {
  row.used_with = condition.text;
  row.used = condition.holds;
  return row;
}

/// What is trained and how.
Key of_training(Key row) {
  row.of_training = true;
  row.used = [own = row.used](const Scenario& scenario) { return scenario.is_training() && own(scenario); };
  return row;
}
std::vector<Key> of_training(std::vector<Key> rows) {
  for (Key& row : rows) row = of_training(row);
  return rows;
}

template <typename T, std::size_t size>
std::vector<T> list_of(const std::array<T, size>& values) {
  return {values.begin(), values.end()};
}

using Source = DataSpec::Source;
using Optimizer = OptimizerSpec::Kind;
using Strategy = RunSpec::Strategy;
using Rate = ScheduleSpec::Kind;

constexpr Condition mlp{"`model.kind` \"mlp\"", [](const Scenario& s) { return s.model.kind == ModelSpec::Kind::mlp; }};
constexpr Condition resnet{"`model.kind` \"resnet\"",
                           [](const Scenario& s) { return s.model.kind == ModelSpec::Kind::resnet; }};
constexpr Condition gpt{"`model.kind` \"gpt\"", [](const Scenario& s) { return s.model.kind == ModelSpec::Kind::gpt; }};
constexpr Condition mlp_or_resnet{"`model.kind` \"mlp\" or \"resnet\"",
                                  [](const Scenario& s) { return s.model.kind != ModelSpec::Kind::gpt; }};
constexpr Condition text_data{"`data.source` \"text\"",
                              [](const Scenario& s) { return s.data.source == Source::text; }};
constexpr Condition cuda{"`run.backend` \"cuda\"", [](const Scenario& s) { return s.run.is_on_gpus(); }};
constexpr Condition equivalence{"`family` \"equivalence\"",
                                [](const Scenario& s) { return s.family == "equivalence"; }};
constexpr Condition paired{"`family` \"speedup\" or \"imbalance\"",
                           [](const Scenario& s) { return s.family == "speedup" || s.family == "imbalance"; }};
constexpr Condition timed{"`family` \"speedup\", \"communication\" or \"imbalance\"", [](const Scenario& s) {
                            return s.is_training() &&
                                   (s.family == "speedup" || s.family == "communication" || s.family == "imbalance");
                          }};
constexpr Condition slowed{"`run.slow_factor` above 1", [](const Scenario& s) { return s.run.slow_factor > 1; }};
constexpr Condition communication{"`family` \"communication\"",
                                  [](const Scenario& s) { return s.family == "communication"; }};
constexpr Condition collective{"`communication.collective`", [](const Scenario& s) { return !s.is_training(); }};
constexpr Condition checkpoint{"`family` \"checkpoint\"", [](const Scenario& s) { return s.family == "checkpoint"; }};
constexpr Condition faults{"`family` \"faults\"", [](const Scenario& s) { return s.family == "faults"; }};
constexpr Condition limited_memory{"`family` \"memory\" and `run.device_memory`",
                                   [](const Scenario& s) { return s.family == "memory" && s.run.device_memory > 0; }};
constexpr Condition generated_data{"`data.source` \"synthetic\" or \"exact\"", [](const Scenario& s) {
                                     return s.data.source == Source::synthetic || s.data.source == Source::exact;
                                   }};
constexpr Condition idx_data{"`data.source` \"idx\"", [](const Scenario& s) { return s.data.source == Source::idx; }};
constexpr Condition inline_data{"`data.source` \"inline\"",
                                [](const Scenario& s) { return s.data.source == Source::inline_rows; }};
constexpr Condition steps_given{"no `train.epochs`", [](const Scenario& s) { return s.train.steps != 0; }};
constexpr Condition epochs_given{"no `train.steps`", [](const Scenario& s) { return s.train.epochs != 0; }};
constexpr Condition sgd{"`optimizer.kind` \"sgd\"",
                        [](const Scenario& s) { return s.train.optimizer.kind == Optimizer::sgd; }};
constexpr Condition adam{"`optimizer.kind` \"adam\" or \"adamw\"", [](const Scenario& s) {
                           return s.train.optimizer.kind == Optimizer::adam ||
                                  s.train.optimizer.kind == Optimizer::adamw;
                         }};
constexpr Condition ternary{"`optimizer.kind` \"ternary\"",
                            [](const Scenario& s) { return s.train.optimizer.kind == Optimizer::ternary; }};
constexpr Condition sgd_or_adam{"`optimizer.kind` \"sgd\", \"adam\" or \"adamw\"",
                                [](const Scenario& s) { return s.train.optimizer.kind != Optimizer::ternary; }};
constexpr Condition cosine{"`schedule.kind` \"cosine\"", [](const Scenario& s) {
                             return s.train.optimizer.kind != Optimizer::ternary &&
                                    s.train.schedule.kind == Rate::cosine;
                           }};
constexpr Condition ddp{"`run.strategy` \"ddp\"", [](const Scenario& s) {
                          return s.run.strategy == Strategy::ddp || s.resumed_run().strategy == Strategy::ddp;
                        }};
constexpr Condition dp_or_ddp{"`run.strategy` \"dp\" or \"ddp\"",
                              [](const Scenario& s) { return s.run.strategy != Strategy::single; }};

std::vector<Key> experiment_keys() {
  return {
      required(no_axis(key("schema", schema_version(1), "version of this table", &Scenario::schema))),
      required(no_axis(
          not_hashed(key("name", identifier(100), "names the scenario and its cases; unique", &Scenario::name)))),
      required(no_axis(key("family", name_in(list_of(family_names)),
                           "which question is asked, and so how a case is judged", &Scenario::family))),
      no_axis(not_hashed(key("question", text(256), "the question in words, for reports", &Scenario::question))),
  };
}

std::vector<Key> model_keys() {
  using Activation = ModelSpec::Activation;
  using Normalization = ModelSpec::Normalization;
  return {
      key("model.kind",
          choice(Names<ModelSpec::Kind>{
              {"mlp", ModelSpec::Kind::mlp}, {"resnet", ModelSpec::Kind::resnet}, {"gpt", ModelSpec::Kind::gpt}}),
          "multilayer perceptron, residual network for small images, or decoder of tokens as GPT-2 is",
          &Scenario::model, &ModelSpec::kind),
      used_with(mlp, required(key("model.widths", integers(1, 65536, 2, 64), "inputs, hidden layers, outputs",
                                  &Scenario::model, &ModelSpec::widths))),
      used_with(resnet, key("model.image", integers(1, 4096, 3, 3), "channels, height and width of a sample",
                            &Scenario::model, &ModelSpec::image)),
      used_with(resnet, key("model.depth", integer(8, 1202), "6n + 2: n residual blocks in each of three stages",
                            &Scenario::model, &ModelSpec::depth)),
      used_with(resnet, key("model.filters", integer(1, 1024), "of the first stage; each further one has twice as many",
                            &Scenario::model, &ModelSpec::filters)),
      used_with(resnet, key("model.classes", integer(1, 65536), "outputs", &Scenario::model, &ModelSpec::classes)),
      used_with(resnet,
                key("model.normalization",
                    choice(Names<Normalization>{{"batch", Normalization::batch}, {"none", Normalization::none}}),
                    "`batch`: each device normalises by its own rows", &Scenario::model, &ModelSpec::normalization)),
      used_with(gpt, key("model.layers", integer(1, 256), "blocks of attention and perceptron", &Scenario::model,
                         &ModelSpec::blocks)),
      used_with(gpt, key("model.width", integer(1, 65536), "elements of each token's vector", &Scenario::model,
                         &ModelSpec::width)),
      used_with(gpt, key("model.heads", integer(1, 1024), "of attention, which share the width", &Scenario::model,
                         &ModelSpec::heads)),
      used_with(gpt, key("model.context", integer(1, 65536), "tokens of a sample; each has the next one as its target",
                         &Scenario::model, &ModelSpec::context)),
      used_with(gpt, key("model.vocabulary", integer(2, 65536), "different tokens", &Scenario::model,
                         &ModelSpec::vocabulary)),
      used_with(gpt,
                key("model.dropout", real(from(0), below(1)),
                    "share of elements that are 0 after the embedding and at the end of each branch; the same ones "
                    "on any number of devices",
                    &Scenario::model, &ModelSpec::dropout)),
      used_with(mlp_or_resnet,
                key("model.activation",
                    choice(Names<Activation>{
                        {"relu", Activation::relu}, {"tanh", Activation::tanh}, {"none", Activation::none}}),
                    "between layers", &Scenario::model, &ModelSpec::activation)),
      used_with(mlp, key("model.bias", boolean(), "whether layers have a bias", &Scenario::model, &ModelSpec::bias)),
      used_with(
          mlp_or_resnet,
          key("model.init", init(),
              "`ternary`: in {-1, 0, 1}, four non-zeros per output; `values`: one flat list per parameter (weight "
              "[outputs, inputs], bias, next layer …)",
              &Scenario::model, &ModelSpec::init)),
  };
}

std::vector<Key> data_keys() {
  return {
      key("data.source",
          choice(Names<Source>{{"synthetic", Source::synthetic},
                               {"exact", Source::exact},
                               {"fashion-mnist", Source::fashion_mnist},
                               {"idx", Source::idx},
                               {"inline", Source::inline_rows},
                               {"text", Source::text}}),
          "`exact`: small integers, so that training is free of rounding", &Scenario::data, &DataSpec::source),
      used_with(generated_data, key("data.samples", integer(1, 10'000'000), "how many are generated", &Scenario::data,
                                    &DataSpec::samples)),
      used_with(idx_data, no_axis(key("data.images", file_path(), "IDX file, also .gz; from the scenario's folder",
                                      &Scenario::data, &DataSpec::images))),
      used_with(idx_data, no_axis(key("data.labels", file_path(), "IDX file of their classes", &Scenario::data,
                                      &DataSpec::labels))),
      used_with(idx_data, no_axis(key("data.test_images", file_path(), "images that are not trained on",
                                      &Scenario::data, &DataSpec::test_images))),
      used_with(idx_data,
                no_axis(key("data.test_labels", file_path(), "their labels", &Scenario::data, &DataSpec::test_labels))),
      used_with(inline_data,
                no_axis(key("data.inputs", matrix(), "one row per sample", &Scenario::data, &DataSpec::inputs))),
      used_with(inline_data, no_axis(key("data.targets", matrix(),
                                         "one row per sample: its target values, or its class for cross_entropy",
                                         &Scenario::data, &DataSpec::targets))),
      used_with(text_data,
                no_axis(key("data.text", file_path(), "any file; its bytes are the tokens, from the scenario's folder",
                            &Scenario::data, &DataSpec::text))),
      key("data.last_batch",
          choice(Names<DataSpec::LastBatch>{{"keep", DataSpec::LastBatch::keep}, {"drop", DataSpec::LastBatch::drop}}),
          "what becomes of samples that do not fill a batch at the end of an epoch", &Scenario::data,
          &DataSpec::last_batch),
      key("data.shuffle", boolean(), "a new order in every epoch", &Scenario::data, &DataSpec::shuffle),
  };
}

std::vector<Key> train_keys() {
  using Loss = TrainSpec::Loss;
  using Type = TrainSpec::Type;
  return {
      required(key("train.batch", integer(1, 1'000'000),
                   "samples per step: of all devices together under strong scaling, of each under weak",
                   &Scenario::train, &TrainSpec::batch)),
      key("train.micro_batches", integer(1, 4096),
          "gradient accumulation: parts of a batch that are computed one after the other before an update",
          &Scenario::train, &TrainSpec::micro_batches),
      used_with(steps_given, key("train.steps", integer(1, 1'000'000'000),
                                 "length of the training; of each block where time is measured", &Scenario::train,
                                 &TrainSpec::steps)),
      used_with(epochs_given, key("train.epochs", integer(1, 1'000'000),
                                  "length in passes over the data; `family` \"convergence\" needs it", &Scenario::train,
                                  &TrainSpec::epochs)),
      key("train.loss", choice(Names<Loss>{{"cross_entropy", Loss::cross_entropy}, {"mse", Loss::mse}}),
          "`mse`: the mean over all elements of (output − target)²", &Scenario::train, &TrainSpec::loss),
      key("train.dtype", choice(Names<Type>{{"f32", Type::f32}, {"bf16", Type::bf16}}),
          "what parameters, activations, gradients and optimizer state are stored in. `bf16`: as by torch's "
          "`model.to(torch.bfloat16)`; every kernel computes in f32 and rounds once, the loss stays in f64",
          &Scenario::train, &TrainSpec::dtype),
  };
}

std::vector<Key> optimizer_keys() {
  return {
      key("train.optimizer.kind",
          choice(Names<Optimizer>{{"sgd", Optimizer::sgd},
                                  {"adam", Optimizer::adam},
                                  {"adamw", Optimizer::adamw},
                                  {"ternary", Optimizer::ternary}}),
          "as in torch.optim; `ternary`: steps of one that keep weights in {-1, 0, 1}", &Scenario::train,
          &TrainSpec::optimizer, &OptimizerSpec::kind),
      used_with(sgd_or_adam, key("train.optimizer.learning_rate", real(above(0), to(1000)),
                                 "size of a step; 0.001 by default for adam and adamw", &Scenario::train,
                                 &TrainSpec::optimizer, &OptimizerSpec::learning_rate)),
      used_with(sgd, key("train.optimizer.momentum", real(from(0), below(1)), "as in torch.optim.SGD", &Scenario::train,
                         &TrainSpec::optimizer, &OptimizerSpec::momentum)),
      used_with(sgd, key("train.optimizer.nesterov", boolean(), "Nesterov's momentum", &Scenario::train,
                         &TrainSpec::optimizer, &OptimizerSpec::nesterov)),
      used_with(sgd_or_adam, key("train.optimizer.weight_decay", real(from(0), to(1)),
                                 "added to the gradient as weight_decay·w; for adamw, where it is 0.01 by default, the "
                                 "share learning_rate·weight_decay of w is taken away instead",
                                 &Scenario::train, &TrainSpec::optimizer, &OptimizerSpec::weight_decay)),
      used_with(adam, key("train.optimizer.beta1", real(from(0), below(1)), "decay of the first moment",
                          &Scenario::train, &TrainSpec::optimizer, &OptimizerSpec::beta1)),
      used_with(adam, key("train.optimizer.beta2", real(from(0), below(1)), "decay of the second moment",
                          &Scenario::train, &TrainSpec::optimizer, &OptimizerSpec::beta2)),
      used_with(adam, key("train.optimizer.epsilon", real(above(0), to(1)), "keeps the division finite",
                          &Scenario::train, &TrainSpec::optimizer, &OptimizerSpec::epsilon)),
      used_with(ternary, key("train.optimizer.threshold", real(from(0), to(1e9)), "smaller gradients move nothing",
                             &Scenario::train, &TrainSpec::optimizer, &OptimizerSpec::threshold)),
      key("train.clip_norm", real(from(0), to(1e9)),
          "the largest norm of the gradient, of all parameters together, after the sum over the devices and before the "
          "update, as torch's "
          "clip_grad_norm_; 0: gradients stay as they are",
          &Scenario::train, &TrainSpec::clip_norm),
      used_with(
          sgd_or_adam,
          key("train.schedule.kind", choice(Names<Rate>{{"constant", Rate::constant}, {"cosine", Rate::cosine}}),
              "of the learning rate over the updates; `cosine`: falls by half a cosine until the end of the training",
              &Scenario::train, &TrainSpec::schedule, &ScheduleSpec::kind)),
      used_with(sgd_or_adam, key("train.schedule.warmup_steps", integer(0, 1'000'000'000),
                                 "updates over which the learning rate rises from 0 in equal steps", &Scenario::train,
                                 &TrainSpec::schedule, &ScheduleSpec::warmup_steps)),
      used_with(cosine, key("train.schedule.min_learning_rate", real(from(0), to(1000)), "where the cosine ends",
                            &Scenario::train, &TrainSpec::schedule, &ScheduleSpec::min_learning_rate)),
      key("train.seed", integer(0, INT64_MAX), "of data, starting parameters, order and dropout", &Scenario::train,
          &TrainSpec::seed),
  };
}

/// A list whose default is that there is none.
Format<std::vector<std::size_t>> gpu_list() {
  Format<std::vector<std::size_t>> list = integers(0, 63, 1, 64);
  list.print = [print = list.print](const std::vector<std::size_t>& gpus) { return gpus.empty() ? "" : print(gpus); };
  return list;
}

/// Of GPUs only.
std::vector<Key> gpu_keys() {
  using Collectives = RunSpec::Collectives;
  return {
      used_with(cuda, key("run.device_map", gpu_list(),
                          "the GPU of each device, the first ones where there are fewer devices; without it device r "
                          "is GPU r. Devices that share a GPU have no times that are a speed-up",
                          &Scenario::run, &RunSpec::device_map)),
      used_with(cuda, key("run.collectives",
                          choice(Names<Collectives>{{"automatic", Collectives::automatic},
                                                    {"nccl", Collectives::nccl},
                                                    {"local", Collectives::local}}),
                          "`nccl`: NVIDIA's library, which wants a GPU for each device; `local`: kernels and copies of "
                          "our own, which add in rank order; `automatic`: local where a GPU is shared, else nccl",
                          &Scenario::run, &RunSpec::collectives)),
      used_with(cuda, key("run.tf32", boolean(),
                          "products may round their inputs to TF32 (11 significant bits), which is faster",
                          &Scenario::run, &RunSpec::tf32)),
      used_with(cuda, key("run.graphs", boolean(),
                          "what a device is given to do in each step again is launched as CUDA graphs, which costs the "
                          "host less; not where devices share a GPU",
                          &Scenario::run, &RunSpec::graphs)),
  };
}

std::vector<Key> run_keys() {
  return {
      key("run.backend", name_in(list_of(backend_names)),
          "what the devices are: threads of this processor, or NVIDIA's GPUs", &Scenario::run, &RunSpec::backend),
      of_training(key(
          "run.strategy",
          choice(Names<Strategy>{{"single", Strategy::single}, {"dp", Strategy::dp}, {"ddp", Strategy::ddp}}),
          "`single` runs on one device; its combinations with more are left out", &Scenario::run, &RunSpec::strategy)),
      key("run.devices", integer(1, 64), "how many", &Scenario::run, &RunSpec::devices),
      used_with(dp_or_ddp,
                key("run.split", split(),
                    "which device gets which rows. `chunk`: torch's rule, pieces of ceil(batch/devices); `balanced`: "
                    "sizes differ by at most one; `speed`: by the devices' measured speeds (`family` \"imbalance\"); "
                    "`sizes`: rows for each device, or their proportions, 0 for none",
                    &Scenario::run, &RunSpec::split)),
      used_with(ddp, key("run.averaging",
                         choice(Names<RunSpec::Averaging>{{"samples", RunSpec::Averaging::samples},
                                                          {"devices", RunSpec::Averaging::devices}}),
                         "what gradients are the mean of: all samples, or the devices' means as in torch, which is "
                         "biased when pieces differ in size",
                         &Scenario::run, &RunSpec::averaging)),
      used_with(dp_or_ddp, key("run.scaling",
                               choice(Names<RunSpec::Scaling>{{"strong", RunSpec::Scaling::strong},
                                                              {"weak", RunSpec::Scaling::weak}}),
                               "whether `train.batch` is shared by the devices or is each one's own", &Scenario::run,
                               &RunSpec::scaling)),
      key("run.device_memory", bytes(0, 1024 * GiB), "capacity of each device; 0 is no limit, of a GPU what is free",
          &Scenario::run, &RunSpec::device_memory),
      used_with(slowed, key("run.slow_device", integer(0, 63), "which device computes more slowly", &Scenario::run,
                            &RunSpec::slow_device)),
      used_with(timed, key("run.slow_factor", real(from(1), to(1000)),
                           "how many times as long the kernels of `run.slow_device` take; collectives do not",
                           &Scenario::run, &RunSpec::slow_factor)),
      used_with(limited_memory, key("run.granularity", integer(1, 1'000'000),
                                    "of the search for the largest batch that fits, in samples of all devices together",
                                    &Scenario::run, &RunSpec::granularity)),
      used_with(timed, key("run.warmup_steps", integer(0, 1'000'000), "steps before measuring starts", &Scenario::run,
                           &RunSpec::warmup_steps)),
      used_with(timed, key("run.repetitions", integer(1, 1000),
                           "least number of blocks of measured steps; of rounds through the sizes of a collective",
                           &Scenario::run, &RunSpec::repetitions)),
      used_with(paired, key("run.max_repetitions", integer(1, 1000), "largest number of them", &Scenario::run,
                            &RunSpec::max_repetitions)),
      used_with(paired, key("run.relative_error", real(above(0), to(1)),
                            "no more blocks once half the width of the median's 95 % interval is this share of it",
                            &Scenario::run, &RunSpec::relative_error)),
      used_with(paired, key("run.max_time", duration(Seconds{0.001}, Seconds{86400}),
                            "no further blocks after this time, once there are `run.repetitions`", &Scenario::run,
                            &RunSpec::max_time)),
      used_with(ddp, key("run.first_bucket", bytes(4, 64 * GiB, 4), "gradients in the first all-reduce", &Scenario::run,
                         &RunSpec::first_bucket)),
      used_with(ddp, key("run.bucket", bytes(4, 64 * GiB, 4), "gradients in each further all-reduce", &Scenario::run,
                         &RunSpec::bucket)),
      not_hashed(no_axis(key("run.deadline", duration(Seconds{1}, Seconds{86400}), "a case that takes longer is ended",
                             &Scenario::run, &RunSpec::deadline))),
  };
}

std::vector<Key> communication_keys() {
  // An empty name, which no file can give, is no value.
  Format<std::string> collective_name = name_in(list_of(collective_choices));
  collective_name.print = [](const std::string& name) { return name.empty() ? name : toml_string(name); };
  return {
      used_with(communication,
                key("communication.collective", collective_name,
                    "measured on its own, by size; without it the communication of a training is measured",
                    &Scenario::communication, &CommunicationSpec::collective)),
      used_with(collective, key("communication.min_size", bytes(256, 256 * MiB, 4),
                                "of the first operand, as nccl-tests counts it; each further one has twice as many",
                                &Scenario::communication, &CommunicationSpec::min_size)),
      used_with(collective, key("communication.max_size", bytes(256, 256 * MiB, 4), "no operand is larger",
                                &Scenario::communication, &CommunicationSpec::max_size)),
      used_with(collective, key("communication.iterations", integer(1, 100'000), "timed, of each size",
                                &Scenario::communication, &CommunicationSpec::iterations)),
      used_with(collective,
                key("communication.warmup_iterations", integer(0, 100'000), "of each size, before the timed ones",
                    &Scenario::communication, &CommunicationSpec::warmup_iterations)),
  };
}

std::vector<Key> checkpoint_keys() {
  using Spec = CheckpointSpec;
  const auto checkpoint_key = [](std::string_view path, const auto& format, std::string_view meaning, auto member) {
    return used_with(checkpoint, key(path, format, meaning, &Scenario::checkpoint, member));
  };
  return {
      checkpoint_key("checkpoint.save_after", integer(0, 1'000'000), "steps before the checkpoint", &Spec::save_after),
      checkpoint_key("checkpoint.after_micro_batch", integer(0, 4096),
                     "micro-batches of the next step before the checkpoint: in the middle of gradient accumulation",
                     &Spec::after_micro_batch),
      checkpoint_key("checkpoint.prefix",
                     choice(Names<Spec::Prefix>{{"none", Spec::Prefix::none}, {"module", Spec::Prefix::module}}),
                     "`module`: parameters are named as torch.nn.DataParallel names them, module.layer0.weight",
                     &Spec::prefix),
      checkpoint_key("checkpoint.resume_strategy",
                     choice(Names<Spec::Strategy>{{"same", Spec::Strategy::same},
                                                  {"single", Spec::Strategy::single},
                                                  {"dp", Spec::Strategy::dp},
                                                  {"ddp", Spec::Strategy::ddp}}),
                     "goes on from the checkpoint, in a new process", &Spec::resume_strategy),
      checkpoint_key("checkpoint.resume_devices", integer(0, 64), "on how many it goes on; 0 is as many as saved",
                     &Spec::resume_devices),
      not_hashed(checkpoint_key("checkpoint.measured_saves", integer(0, 1000),
                                "saves and loads that are timed, each beside a plain write and read",
                                &Spec::measured_saves)),
  };
}

std::vector<Key> faults_keys() {
  using Spec = FaultsSpec;
  return {
      used_with(faults,
                key("faults.planted_in",
                    choice(Names<Spec::In>{{"training", Spec::In::training}, {"checkpoint", Spec::In::checkpoint}}),
                    "`training`: in a run's communication, batches, layers, updates; `checkpoint`: between "
                    "saving a training and going on with it",
                    &Scenario::faults, &Spec::planted_in)),
      used_with(faults, key("faults.correct_runs", integer(0, 10'000),
                            "runs without a fault, of other seeds and batches, that must raise no alarm",
                            &Scenario::faults, &Spec::correct_runs)),
  };
}

std::vector<Key> output_keys() {
  using Dump = OutputSpec::Dump;
  return {
      used_with(equivalence,
                not_hashed(no_axis(key(
                    "output.dump",
                    choices(Names<Dump>{
                        {"parameters", Dump::parameters}, {"gradients", Dump::gradients}, {"outputs", Dump::outputs}}),
                    "tensors written in every step, as safetensors", &Scenario::output, &OutputSpec::dump)))),
      used_with(timed, not_hashed(no_axis(key("output.trace", boolean(),
                                              "the measured blocks as a timeline in Chrome's trace format",
                                              &Scenario::output, &OutputSpec::trace)))),
  };
}

bool ends_path(std::string_view path, std::string_view name) {
  return path == name ||
         (path.size() > name.size() && path.ends_with(name) && path[path.size() - name.size() - 1] == '.');
}

std::vector<const Key*> keys_ending_in(std::string_view name) {
  std::vector<const Key*> found;
  for (const Key& row : scenario_keys())
    if (ends_path(row.path, name)) found.push_back(&row);
  return found;
}

}  // namespace

const std::vector<Key>& scenario_keys() {
  static const std::vector<Key> table = [] {
    std::vector<Key> rows;
    for (std::vector<Key> part : {experiment_keys(), of_training(model_keys()), of_training(data_keys()),
                                  of_training(train_keys()), of_training(optimizer_keys()), run_keys(), gpu_keys(),
                                  communication_keys(), checkpoint_keys(), faults_keys(), output_keys()})
      std::move(part.begin(), part.end(), std::back_inserter(rows));
    return rows;
  }();
  return table;
}

const Key* find_key(std::string_view path) {
  const std::vector<Key>& table = scenario_keys();
  const auto found = std::find_if(table.begin(), table.end(), [&](const Key& row) { return row.path == path; });
  return found == table.end() ? nullptr : &*found;
}

const Key& resolve_key(std::string_view name) {
  const std::vector<const Key*> found = keys_ending_in(name);
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    std::vector<std::string_view> names;
    for (const Key& row : scenario_keys()) names.push_back(short_name(row)), names.push_back(row.path);
    throw InputError{fmt::format("unknown key {}{}", printable(name), did_you_mean(name, names))};
  }
  std::vector<std::string_view> paths;
  for (const Key* row : found) paths.push_back(row->path);
  throw InputError{fmt::format("{} could be {}", printable(name), formats::alternatives(paths))};
}

std::string_view short_name(const Key& key) {
  std::string_view name = key.path.substr(key.path.rfind('.') + 1);
  while (keys_ending_in(name).size() > 1)
    name = key.path.substr(key.path.rfind('.', key.path.size() - name.size() - 2) + 1);
  return name;
}

}  // namespace lockstep
