#include "harness/measure/state/saved_state.hpp"

#include <algorithm>
#include <map>

#include "harness/checkpoint/expected_tensors.hpp"

namespace lockstep {
namespace {

/// What the names of the parameters become in each of the flat arrays of a state: parameters, optimizer, parts.
std::vector<std::string> prefixes_of(const Training& training, ParameterPrefix prefix, std::size_t parts) {
  std::vector<std::string> prefixes{std::string{text_of(prefix)}};
  for (const std::string_view name : state_names(training.optimizer)) prefixes.push_back(optimizer_prefix(name));
  for (std::size_t part = 0; part < parts; ++part) prefixes.push_back(accumulated_prefix(part));
  return prefixes;
}

/// The flat arrays in the order of prefixes_of.
template <typename Bytes, typename State>
std::vector<std::span<Bytes>> arrays_of(State& state) {
  std::vector<std::span<Bytes>> arrays{state.replica.parameters};
  for (auto& tensor : state.replica.optimizer) arrays.push_back(tensor.values);
  for (auto& part : state.accumulated) arrays.push_back(part.gradients);
  return arrays;
}

std::vector<ExpectedTensor> expected_tensors(const Training& training, const std::vector<std::string>& prefixes,
                                             std::size_t parts) {
  const std::string dtype{name_of(training.dtype)};
  std::vector<ExpectedTensor> expected;
  for (const std::string& prefix : prefixes)
    for (const ParameterSpec& spec : training.architecture.parameter_specs())
      expected.push_back({prefix + spec.name, dtype, spec.shape});
  for (const BufferSpec& spec : training.architecture.buffer_specs())
    expected.push_back({prefixes.front() + spec.name, dtype, spec.shape});
  for (std::size_t part = 0; part < parts; ++part) expected.push_back({accumulated_loss_name(part), "F64", {}});
  return expected;
}

/// A state of the right sizes, to be filled.
TrainingState empty_state(const Training& training, const SavedFacts& facts) {
  const std::size_t bytes = count_of(training.architecture.parameter_specs()) * size_of(training.dtype);
  TrainingState state{.position = facts.position, .dtype = training.dtype, .replica = {}, .accumulated = {}};
  state.replica.parameters.resize(bytes);
  state.replica.buffers.resize(count_of(training.architecture.buffer_specs()) * size_of(training.dtype));
  for (const std::string_view name : state_names(training.optimizer))
    state.replica.optimizer.push_back({std::string{name}, std::vector<std::byte>(bytes)});
  state.replica.optimizer_steps = facts.optimizer_steps;
  state.accumulated.resize(facts.parts);
  for (Accumulated& part : state.accumulated) part.gradients.resize(bytes);
  return state;
}

}  // namespace

std::vector<TensorBytes> tensors_of(const TrainingState& state, const Training& training, ParameterPrefix prefix) {
  const std::string dtype{name_of(state.dtype)};
  const std::vector<std::string> prefixes = prefixes_of(training, prefix, state.accumulated.size());
  const std::vector<std::span<const std::byte>> arrays = arrays_of<const std::byte>(state);
  std::vector<TensorBytes> tensors;
  const auto add = [&](const std::string& before, const auto& specs, std::span<const std::byte> values) {
    for (const auto& spec : specs) {
      const std::size_t bytes = count_of(spec.shape) * size_of(state.dtype);
      tensors.push_back({before + spec.name, dtype, spec.shape, values.first(bytes)});
      values = values.subspan(bytes);
    }
  };
  for (std::size_t array = 0; array < arrays.size(); ++array)
    add(prefixes.at(array), training.architecture.parameter_specs(), arrays[array]);
  add(prefixes.front(), training.architecture.buffer_specs(), state.replica.buffers);
  for (std::size_t part = 0; part < state.accumulated.size(); ++part)
    tensors.push_back(
        {accumulated_loss_name(part), "F64", {}, std::as_bytes(std::span{&state.accumulated[part].loss, 1})});
  return tensors;
}

LoadedState state_from(const SafetensorsContent& content, const RunFacts& run, std::string_view where) {
  const Training& training = run.training;
  LoadedState loaded{.state = {}, .facts = facts_for(run, content.metadata, where)};
  const std::vector<std::string> prefixes = prefixes_of(training, loaded.facts.prefix, loaded.facts.parts);
  require_tensors(content.tensors, expected_tensors(training, prefixes, loaded.facts.parts), where);
  require_finite(content.tensors, where);

  std::map<std::string_view, std::span<const std::byte>> values;
  for (const TensorBytes& tensor : content.tensors) values[tensor.name] = tensor.bytes;
  loaded.state = empty_state(training, loaded.facts);
  const std::vector<std::span<std::byte>> arrays = arrays_of<std::byte>(loaded.state);
  const auto fill = [&](const std::string& prefix, const auto& specs, std::span<std::byte> array) {
    auto end = array.begin();
    for (const auto& spec : specs) end = std::ranges::copy(values.at(prefix + spec.name), end).out;
  };
  for (std::size_t array = 0; array < arrays.size(); ++array)
    fill(prefixes[array], training.architecture.parameter_specs(), arrays[array]);
  fill(prefixes.front(), training.architecture.buffer_specs(), loaded.state.replica.buffers);
  for (std::size_t part = 0; part < loaded.facts.parts; ++part)
    std::ranges::copy(values.at(accumulated_loss_name(part)),
                      std::as_writable_bytes(std::span{&loaded.state.accumulated[part].loss, 1}).begin());
  return loaded;
}

}  // namespace lockstep
