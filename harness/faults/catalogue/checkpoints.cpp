#include <algorithm>

#include "harness/faults/checkpoint_catalogue.hpp"

namespace lockstep {
namespace {

using Tensors = std::vector<TensorBytes>;
constexpr std::string_view first_moment = "optim.first_moment.";
constexpr std::string_view second_moment = "optim.second_moment.";

void zero(std::vector<std::byte>& bytes) { std::ranges::fill(bytes, std::byte{0}); }

TensorBytes& tensor_named(Tensors& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &TensorBytes::name);
  require(found != tensors.end(), "a checkpoint without {}", name);
  return *found;
}

void swap_moments(Tensors& tensors) {
  for (TensorBytes& tensor : tensors)
    if (tensor.name.starts_with(first_moment))
      return std::swap(
          tensor.bytes,
          tensor_named(tensors, std::string{second_moment} + tensor.name.substr(first_moment.size())).bytes);
}

std::vector<TensorBytes*> parameters_of(Tensors& tensors) {
  std::vector<TensorBytes*> parameters;
  for (const TensorBytes& tensor : tensors)
    if (tensor.name.starts_with(first_moment))
      parameters.push_back(&tensor_named(tensors, tensor.name.substr(first_moment.size())));
  return parameters;
}

void swap_equally_large_parameters(Tensors& tensors) {
  const std::vector<TensorBytes*> parameters = parameters_of(tensors);
  for (TensorBytes* one : parameters)
    for (TensorBytes* other : parameters)
      if (one != other && one->bytes.size() == other->bytes.size() && !std::ranges::equal(one->bytes, other->bytes))
        return std::swap(one->bytes, other->bytes);
  throw InternalError{"a network without two parameters of one shape"};
}

void double_prefix(Tensors& tensors) {
  for (TensorBytes* parameter : parameters_of(tensors)) parameter->name = "module.module." + parameter->name;
}

std::function<BatchPlan(BatchPlan)> shifted(std::ptrdiff_t steps) {
  return [steps](const BatchPlan& plan) -> BatchPlan {
    return [plan, steps](std::size_t step) {
      return plan(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(step) + steps));
    };
  };
}

BatchPlan in_reverse(const BatchPlan& plan) {
  return [plan](std::size_t step) {
    std::vector<SampleId> ids = plan(step);
    std::ranges::reverse(ids);
    return ids;
  };
}

}  // namespace

std::vector<CheckpointFault> checkpoint_catalogue() {
  const CheckNames wrong_start{"state", "resume"};
  const CheckNames refused{"load"};
  const CheckNames other_checkpoint{"load", "state", "resume"};
  const CheckNames replica{"state", "replicas", "resume"};
  using State = TrainingState;
  return {
      {.id = "no_optimizer_moments",
       .source = "pytorch#5627",
       .acts = "state when it is saved",
       .fault = {.when_captured =
                     [](State& state) {
                       for (auto& tensor : state.replica.optimizer) zero(tensor.values);
                     }},
       .caught = wrong_start},
      {.id = "second_moments_not_restored",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { zero(state.replica.optimizer[1].values); }},
       .caught = wrong_start},
      {.id = "number_of_updates_lost",
       .source = "pytorch#74737",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { state.replica.optimizer_steps = 0; }},
       .caught = wrong_start},
      {.id = "number_of_updates_not_saved",
       .source = "pytorch#74737",
       .acts = "metadata of the file",
       .fault = {.in_metadata = [](Metadata& metadata) { metadata["optimizer_steps"] = std::string{"0"}; }},
       .caught = wrong_start},
      {.id = "moments_swapped",
       .acts = "tensors of the file",
       .fault = {.in_tensors = swap_moments},
       .caught = wrong_start},
      {.id = "parameter_swapped_with_one_of_equal_shape",
       .acts = "tensors of the file",
       .fault = {.in_tensors = swap_equally_large_parameters},
       .caught = wrong_start},
      {.id = "one_bit_of_one_parameter",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { state.replica.parameters.back() ^= std::byte{1}; }},
       .caught = wrong_start,
       .is_below_rounding = true},
      {.id = "sampler_position_lost",
       .source = "transformers#17055",
       .acts = "batches after loading",
       .fault = {.in_batches = shifted(-static_cast<std::ptrdiff_t>(saved_after))},
       .caught = {"resume"}},
      {.id = "sampler_one_step_ahead",
       .source = "transformers#11582",
       .acts = "batches after loading",
       .fault = {.in_batches = shifted(1)},
       .caught = {"resume"}},
      {.id = "sampler_one_step_behind",
       .acts = "batches after loading",
       .fault = {.in_batches = shifted(-1)},
       .caught = {"resume"}},
      {.id = "step_counted_from_the_start",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { state.position = {}; }},
       .caught = wrong_start},
      {.id = "step_off_by_one",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { ++state.position.step; }},
       .caught = wrong_start},
      {.id = "older_checkpoint_loaded",
       .acts = "files in the folder",
       .fault = {.in_newest_file = [](FileOps& files, const std::filesystem::path& path) { files.remove(path); }},
       .caught = other_checkpoint},
      {.id = "newest_checkpoint_broken",
       .acts = "files in the folder",
       .fault = {.in_newest_file =
                     [](FileOps& files, const std::filesystem::path& path) {
                       files.remove(path);
                       files.close(files.create(path));
                     }},
       .caught = other_checkpoint},
      {.id = "module_prefix_doubled",
       .acts = "tensors of the file",
       .fault = {.in_tensors = double_prefix},
       .caught = refused},
      {.id = "random_seed_changed",
       .source = "ms-swift#9935",
       .acts = "metadata of the file",
       .fault = {.in_metadata = [](Metadata& metadata) { metadata["seed"] = std::string{"8"}; }},
       .caught = refused},
      {.id = "other_order_of_the_samples",
       .source = "ms-swift#9935",
       .acts = "batches after loading",
       .fault = {.in_batches = in_reverse},
       .caught = {"resume"}},
      {.id = "accumulated_gradients_dropped",
       .acts = "state when it is loaded",
       .fault = {.when_loaded =
                     [](State& state) {
                       for (Accumulated& part : state.accumulated) zero(part.gradients);
                     }},
       .caught = wrong_start,
       .micro_batch = 2},
      {.id = "one_ranks_part_dropped",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { zero(state.accumulated.front().gradients); }},
       .caught = wrong_start,
       .micro_batch = 2},
      {.id = "loss_so_far_dropped",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { state.accumulated[0].loss = 0; }},
       .caught = wrong_start,
       .micro_batch = 2},
      // The first micro-batches are computed anew, and so the step comes out right.
      {.id = "micro_batch_lost",
       .acts = "state when it is loaded",
       .fault = {.when_loaded = [](State& state) { state.position.micro_batch = 0; }},
       .caught = {"state"},
       .micro_batch = 2},
      {.id = "one_rank_not_restored",
       .source = "horovod#1609",
       .acts = "rank 1 after loading",
       .fault = {.is_restored = [](int rank) { return rank != 1; }},
       .caught = replica,
       .needs_second_rank = true},
      {.id = "only_rank_0_not_restored",
       .acts = "rank 0 after loading",
       .fault = {.is_restored = [](int rank) { return rank != 0; }},
       .caught = replica,
       .needs_second_rank = true},
  };
}

}  // namespace lockstep
