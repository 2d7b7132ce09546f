// A scenario: what is trained on what, how it is run, what is expected. Plain values; keys.cpp gives each field its key
// in the file, its range and its meaning, and scenarios/README.md shows that table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/base/units.hpp"

namespace lockstep {

/// The starting values of the parameters.
struct InitSpec {
  struct Kaiming {
    bool operator==(const Kaiming&) const = default;
  };
  /// Weights in {-1, 0, 1} with four non-zeros per output: sums of them stay exact.
  struct Ternary {
    bool operator==(const Ternary&) const = default;
  };
  struct Constant {
    double value = 0;
    bool operator==(const Constant&) const = default;
  };
  /// One flat list per parameter: layer 0's weight ([outputs, inputs], row by row), its bias if it has one, layer 1's …
  struct Values {
    std::vector<std::vector<double>> parameters;
    bool operator==(const Values&) const = default;
  };

  std::variant<Kaiming, Ternary, Constant, Values> choice;
  bool operator==(const InitSpec&) const = default;
};

struct ModelSpec {
  enum class Kind { mlp, resnet, gpt };
  enum class Activation { relu, tanh, none };
  enum class Normalization { batch, none };

  Kind kind = Kind::mlp;
  std::vector<std::size_t> widths{784, 10};            // mlp: inputs, hidden …, outputs
  std::vector<std::size_t> image{1, 28, 28};           // resnet: channels, height, width of a sample
  std::size_t depth = 20;                              // resnet: 6n + 2
  std::size_t filters = 16;                            // resnet: of its first stage
  std::size_t classes = 10;                            // resnet: outputs
  Normalization normalization = Normalization::batch;  // resnet
  std::size_t blocks = 2;                              // gpt: model.layers
  std::size_t width = 64;                              // gpt
  std::size_t heads = 4;                               // gpt
  std::size_t context = 32;                            // gpt: tokens of a sample
  std::size_t vocabulary = 256;                        // gpt
  double dropout = 0;                                  // gpt
  Activation activation = Activation::relu;            // not of gpt
  bool bias = true;                                    // mlp
  InitSpec init;

  [[nodiscard]] std::size_t layers() const { return widths.size() - 1; }
  /// Elements of a sample, and of what the model makes of it: of gpt, for each of its tokens.
  [[nodiscard]] std::size_t inputs() const;
  [[nodiscard]] std::size_t outputs() const;
  [[nodiscard]] bool takes_tokens() const { return kind == Kind::gpt; }
  /// Rounding may change a gradient by a whole sample's share.
  [[nodiscard]] bool has_kinks() const { return kind != Kind::gpt && activation == Activation::relu; }
  /// Elements of all parameters.
  [[nodiscard]] std::size_t parameters() const;
  /// Where a sample goes through the network depends on which others are in its piece.
  [[nodiscard]] bool couples_samples() const { return kind == Kind::resnet && normalization == Normalization::batch; }
  bool operator==(const ModelSpec&) const = default;
};

struct DataSpec {
  enum class Source { synthetic, exact, fashion_mnist, idx, inline_rows, text };
  enum class LastBatch { keep, drop };

  Source source = Source::synthetic;
  std::size_t samples = 4096;                                      // synthetic, exact
  std::filesystem::path images, labels, test_images, test_labels;  // idx; absolute once loaded
  std::filesystem::path text;                                      // text; likewise
  std::vector<std::vector<double>> inputs, targets;  // inline; a target row is one class for cross_entropy
  LastBatch last_batch = LastBatch::keep;            // torch's DataLoader keeps it
  bool shuffle = true;
  bool operator==(const DataSpec&) const = default;
};

struct OptimizerSpec {
  enum class Kind { sgd, adam, adamw, ternary };
  static constexpr double adam_learning_rate = 0.001;  // the default when the kind is adam or adamw
  static constexpr double adamw_weight_decay = 0.01;   // the default when the kind is adamw, as torch's

  Kind kind = Kind::sgd;
  double learning_rate = 0.1;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double threshold = 1;  // of ternary: smaller gradients move nothing
  bool operator==(const OptimizerSpec&) const = default;
};

/// The learning rate over the updates of a training; formulas: train/optimizers/schedule.hpp.
struct ScheduleSpec {
  enum class Kind { constant, cosine };

  Kind kind = Kind::constant;
  std::size_t warmup_steps = 0;
  double min_learning_rate = 0;  // of cosine
  bool operator==(const ScheduleSpec&) const = default;
};

struct TrainSpec {
  enum class Loss { cross_entropy, mse };
  enum class Type { f32, bf16 };

  std::size_t batch = 128;  // of all devices together under strong scaling, of each under weak
  std::size_t micro_batches = 1;
  std::size_t steps = 8;  // exactly one of steps and epochs is not 0
  std::size_t epochs = 0;
  Loss loss = Loss::cross_entropy;
  Type dtype = Type::f32;
  OptimizerSpec optimizer;
  double clip_norm = 0;  // 0: gradients are not clipped
  ScheduleSpec schedule{};
  std::uint64_t seed = 1;
  bool operator==(const TrainSpec&) const = default;
};

/// Which device gets which rows of a batch.
struct SplitSpec {
  enum class Rule { chunk, balanced, speed };
  /// Rows for each device, or their proportions.
  using Sizes = std::vector<std::size_t>;

  std::variant<Rule, Sizes> choice = Rule::chunk;
  [[nodiscard]] bool is(Rule rule) const {
    const Rule* chosen = std::get_if<Rule>(&choice);
    return chosen != nullptr && *chosen == rule;
  }
  [[nodiscard]] const Sizes* sizes() const { return std::get_if<Sizes>(&choice); }
  bool operator==(const SplitSpec&) const = default;
};

struct RunSpec {
  enum class Strategy { single, dp, ddp };
  enum class Scaling { strong, weak };
  enum class Averaging { samples, devices };
  enum class Collectives { automatic, nccl, local };

  std::string backend = "cpu";
  std::size_t devices = 1;
  std::vector<std::size_t> device_map{};  // the GPU of each rank, perhaps of more; empty: rank r has GPU r
  Collectives collectives = Collectives::automatic;
  bool tf32 = false;
  bool graphs = true;
  Strategy strategy = Strategy::single;
  SplitSpec split;
  Averaging averaging = Averaging::samples;
  Scaling scaling = Scaling::strong;
  std::size_t device_memory = 0;  // bytes per device; 0 is no limit, of a GPU what is free
  std::size_t granularity = 1;    // samples between the batches that are tried
  std::size_t slow_device = 0;    // whose kernels take slow_factor times as long
  double slow_factor = 1;
  std::size_t warmup_steps = 3;
  std::size_t repetitions = 5;  // at least
  std::size_t max_repetitions = 1000;
  double relative_error = 0.01;  // of the median over the repetitions
  Seconds max_time{10};          // after which only what `repetitions` asks for is measured
  std::size_t first_bucket = 1 * MiB;
  std::size_t bucket = 25 * MiB;
  Seconds deadline{300};  // per case

  [[nodiscard]] bool is_on_gpus() const { return backend == "cuda"; }
  /// The GPUs of that many ranks; empty where none is chosen. A map for more ranks gives its first ones.
  [[nodiscard]] std::vector<int> gpus_of(std::size_t ranks) const;
  bool operator==(const RunSpec&) const = default;
};

/// A collective that is measured on its own.
struct CommunicationSpec {
  std::string collective;  // empty: the communication of a training is measured
  std::size_t min_size = 4 * KiB;
  std::size_t max_size = 64 * MiB;
  std::size_t iterations = 20;
  std::size_t warmup_iterations = 5;
  bool operator==(const CommunicationSpec&) const = default;
};

/// Of family "checkpoint": where a training is saved, and who goes on with it.
struct CheckpointSpec {
  enum class Strategy { same, single, dp, ddp };
  enum class Prefix { none, module };

  std::size_t save_after = 5;         // steps
  std::size_t after_micro_batch = 0;  // of the step after them
  Prefix prefix = Prefix::none;
  Strategy resume_strategy = Strategy::same;
  std::size_t resume_devices = 0;  // 0: as many as saved
  std::size_t measured_saves = 3;
  bool operator==(const CheckpointSpec&) const = default;
};

/// Of family "faults".
struct FaultsSpec {
  enum class In { training, checkpoint };

  In planted_in = In::training;
  std::size_t correct_runs = 6;  // without a fault, on which nothing may be said
  bool operator==(const FaultsSpec&) const = default;
};

struct OutputSpec {
  enum class Dump { parameters, gradients, outputs };

  std::vector<Dump> dump;
  bool trace = false;
  bool operator==(const OutputSpec&) const = default;
};

/// What a metric must be in the cases whose axes have the values of `where`.
struct Expectation {
  std::string metric;
  std::map<std::string, std::string> where;  // axis → value, both as in Case::axes
  std::optional<double> min, max;
  bool operator==(const Expectation&) const = default;
};

struct Scenario {
  std::size_t schema = 1;
  std::string name;
  std::string family = "equivalence";
  std::string question;  // empty: the family's own
  ModelSpec model;
  DataSpec data;
  TrainSpec train;
  RunSpec run;
  CommunicationSpec communication;
  CheckpointSpec checkpoint;
  FaultsSpec faults;
  OutputSpec output;
  std::vector<Expectation> expectations;
  std::filesystem::path file;  // empty for one made in code

  /// Whether something is trained, which is so unless a collective is measured on its own.
  [[nodiscard]] bool is_training() const { return family != "communication" || communication.collective.empty(); }
  /// Samples that all devices together process in one step.
  [[nodiscard]] std::size_t global_batch() const;
  /// How the training goes on from its checkpoint; as it was run in other families.
  [[nodiscard]] RunSpec resumed_run() const;
  /// Sixteen hexadecimal digits; equal for equal computations: keys without effect or at their default, name, question,
  /// output, expectations, deadline and the folder of data files do not count.
  [[nodiscard]] std::string hash() const;
  bool operator==(const Scenario&) const = default;
};

/// One value of a list in the scenario file.
struct Axis {
  std::string key;    // the shortest name that is unique: "devices", "optimizer.kind"
  std::string value;  // without quotes and spaces: "2", "ddp", "25MiB", "[784,64,10]"
  bool operator==(const Axis&) const = default;
};

/// One point of the product of a scenario's axes.
struct Case {
  std::string name;        // "speedup-mlp/strategy=ddp,devices=2"; the scenario's name when there is no axis
  std::vector<Axis> axes;  // in the order of the table of keys
  Scenario scenario;       // with the expectations that apply to this case only
  bool operator==(const Case&) const = default;
};

}  // namespace lockstep
