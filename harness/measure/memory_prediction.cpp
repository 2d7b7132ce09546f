#include "harness/measure/memory_prediction.hpp"

#include <algorithm>
#include <numeric>

#include "harness/train/models/backward_plan.hpp"

namespace lockstep {
namespace {

/// w_0 … w_L: elements of a sample before the first layer and after each whose output does not replace its input.
std::vector<std::size_t> widths_of(const Architecture& architecture) {
  const std::vector<Shape> shapes = architecture.value_shapes();
  std::vector<std::size_t> widths{count_of(shapes.front())};
  for (std::size_t node = 0; node < architecture.nodes.size(); ++node)
    if (!architecture.replaces_input(node)) widths.push_back(count_of(shapes[node + 1]));
  return widths;
}

std::size_t sum(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0});
}

/// Of what layers keep: by row, or whatever the number of rows.
std::size_t kept_bytes(const Training& training, bool is_per_row) {
  std::size_t bytes = 0;
  for (const Architecture::Node& node : training.architecture.nodes)
    for (const KeptSpec& spec : node.layer->kept_specs())
      if (spec.is_per_row == is_per_row)
        bytes += count_of(spec.shape) * (spec.is_double ? sizeof(double) : size_of(training.dtype));
  return bytes;
}

std::size_t state_tensors(const OptimizerSettings& optimizer) {
  if (const auto* sgd = std::get_if<kernels::SgdSettings>(&optimizer)) return sgd->momentum == 0 ? 0 : 1;
  return std::holds_alternative<kernels::AdamSettings>(optimizer) ? 2 : 0;
}

/// The formulas' symbols, in bytes where rows or parameters are multiplied by e.
struct Sizes {
  explicit Sizes(const Training& training)
      : widths{widths_of(training.architecture)},
        element{size_of(training.dtype)},
        parameters{count_of(training.architecture.parameter_specs()) * element},
        buffers{count_of(training.architecture.buffer_specs()) * element},
        working{training.architecture.scratch() * element + kept_bytes(training, false)},
        state{state_tensors(training.optimizer) * parameters},
        clipping{training.rules.clip_norm > 0 ? 2 * sizeof(double) : 0},
        sample{widths.front() * size_of(training.architecture.input_dtype(training.dtype))},
        target{training.loss == Loss::cross_entropy
                   ? predictions_of(training.architecture.output_shape()) * sizeof(std::int32_t)
                   : widths.back() * element},
        output{widths.back() * element},
        saved{(sum(widths) - widths.front()) * element + kept_bytes(training, true)},
        in_flight{sum(BackwardPlan{training.architecture}.widths()) * element} {}

  std::vector<std::size_t> widths;
  std::size_t element;
  std::size_t parameters;
  std::size_t buffers;
  std::size_t working;  // scratch and what layers keep
  std::size_t state;
  std::size_t clipping;  // norm and factor
  // Of one row:
  std::size_t sample;
  std::size_t target;
  std::size_t output;
  std::size_t saved;
  std::size_t in_flight;
};

/// The most rows that each device gets at once, and that all get together.
struct MostRows {
  std::vector<std::size_t> of_device;
  std::size_t together = 0;
};

MostRows most_rows(const TrainingShape& shape) {
  MostRows most{.of_device = std::vector<std::size_t>(shape.devices)};
  for (const std::size_t batch : shape.batches)
    for (const MicroBatch& micro : micro_batches_of(shape.options, 0, batch, shape.devices)) {
      most.together = std::max(most.together, micro.rows());
      for (std::size_t device = 0; device < shape.devices; ++device)
        most.of_device[device] = std::max(most.of_device[device], micro.pieces[device].count);
    }
  return most;
}

/// Bytes by use that stay, and those that are needed only before the first step.
struct Need {
  std::array<std::size_t, use_names.size()> lasting{};
  std::size_t starting = 0;  // workspace

  std::size_t& of(Use use) { return lasting[static_cast<std::size_t>(use)]; }

  [[nodiscard]] std::size_t at_start() const {
    std::size_t sum = starting;
    for (const Use use : {Use::parameters, Use::gradients, Use::optimizer, Use::buffers, Use::workspace})
      sum += lasting[static_cast<std::size_t>(use)];
    return sum;
  }
  [[nodiscard]] MemoryPeaks peaks() const {
    MemoryPeaks peaks{.by_use = lasting};
    peaks.by_use[static_cast<std::size_t>(Use::workspace)] += starting;
    peaks.total = std::max(at_start(), std::accumulate(lasting.begin(), lasting.end(), std::size_t{0}));
    return peaks;
  }
};

/// A model with `rows` rows of its activations, and the loss's value.
Need model_need(const Sizes& sizes, std::size_t rows) {
  Need need;
  need.of(Use::parameters) = sizes.parameters;
  need.of(Use::gradients) = sizes.parameters;
  need.of(Use::activations) = rows * (sizes.saved + sizes.in_flight);
  need.of(Use::buffers) = sizes.buffers;
  need.of(Use::workspace) = sizes.working + sizeof(double);
  return need;
}

/// A device that loads its own rows, computes their loss and updates: all of single and ddp.
Need own_batch_need(const Sizes& sizes, std::size_t rows) {
  Need need = model_need(sizes, rows);
  need.of(Use::optimizer) = sizes.state;
  need.of(Use::workspace) += sizes.clipping;
  need.of(Use::batch) = rows * (sizes.sample + sizes.target);
  need.of(Use::activations) += rows * sizes.output;
  return need;
}

std::vector<Need> single_needs(const TrainingShape& shape, const Sizes& sizes) {
  return {own_batch_need(sizes, most_rows(shape).of_device.at(0))};
}

std::vector<Need> ddp_needs(const TrainingShape& shape, const Sizes& sizes) {
  constexpr std::size_t hash_bytes = 2 * sizeof(double);
  std::vector<Need> needs;
  for (const std::size_t rows : most_rows(shape).of_device) {
    needs.push_back(own_batch_need(sizes, rows));
    needs.back().starting = hash_bytes + hash_bytes * shape.devices;
  }
  return needs;
}

std::vector<Need> dp_needs(const TrainingShape& shape, const Sizes& sizes) {
  const MostRows rows = most_rows(shape);
  std::vector<Need> needs;
  for (const std::size_t piece : rows.of_device) {
    needs.push_back(model_need(sizes, piece));
    needs.back().of(Use::batch) = piece * sizes.sample;
    needs.back().of(Use::activations) += piece * sizes.output;
  }
  needs[0] = model_need(sizes, rows.of_device[0]);
  needs[0].of(Use::optimizer) = sizes.state;
  needs[0].of(Use::workspace) += sizes.clipping;
  needs[0].of(Use::batch) = rows.together * (sizes.sample + sizes.target);
  needs[0].of(Use::communication) = rows.together * sizes.output;
  needs[0].of(Use::activations) += rows.together * sizes.output;
  if (shape.options.micro_batches > 1) needs[0].of(Use::gradients) += sizes.parameters;
  return needs;
}

std::vector<Need> needs_of(const TrainingShape& shape) {
  const Sizes sizes{shape.training};
  if (shape.strategy == "single") return single_needs(shape, sizes);
  if (shape.strategy == "dp") return dp_needs(shape, sizes);
  if (shape.strategy == "ddp") return ddp_needs(shape, sizes);
  throw UsageError{fmt::format("no formula for the memory of strategy {}", shape.strategy)};
}

}  // namespace

std::vector<MemoryPeaks> predict_memory(const TrainingShape& shape) {
  std::vector<MemoryPeaks> peaks;
  for (const Need& need : needs_of(shape)) peaks.push_back(need.peaks());
  return peaks;
}

std::size_t predict_fixed_memory(const TrainingShape& shape) {
  std::size_t most = 0;
  for (const Need& need : needs_of(shape)) most = std::max(most, need.at_start());
  return most;
}

std::size_t largest_total(const std::vector<MemoryPeaks>& devices) {
  std::size_t most = 0;
  for (const MemoryPeaks& device : devices) most = std::max(most, device.total);
  return most;
}

}  // namespace lockstep
