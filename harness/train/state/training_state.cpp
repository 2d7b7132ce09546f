#include "harness/train/state/training_state.hpp"

#include <cstring>

#include "harness/ops/memory.hpp"

namespace lockstep {
namespace {

std::vector<std::byte> bytes_of(Stream& stream, const Tensor& tensor) {
  std::vector<std::byte> bytes(tensor.bytes());
  stream.copy_out(tensor, bytes);
  stream.synchronize();
  return bytes;
}

void fill(Stream& stream, const Tensor& tensor, std::span<const std::byte> bytes, std::string_view what) {
  require(tensor.bytes() == bytes.size(), "restore: {} bytes of {} for {}", bytes.size(), what, tensor.bytes());
  stream.copy_in(bytes, tensor);
  stream.synchronize();
}

/// Element by element over all parts, in their order; bf16 in float, rounded once.
template <typename T>
std::vector<std::byte> sum_of_gradients(std::span<const Accumulated> parts) {
  std::vector<std::byte> sums(parts[0].gradients.size());
  for (std::size_t at = 0; at < sums.size(); at += sizeof(T)) {
    kernels::Wide<T> sum{0};
    for (const Accumulated& part : parts) {
      T term;
      std::memcpy(&term, &part.gradients[at], sizeof(T));
      sum = &part == &parts[0] ? kernels::Wide<T>{term} : sum + kernels::Wide<T>{term};
    }
    const T stored{sum};
    std::memcpy(&sums[at], &stored, sizeof(T));
  }
  return sums;
}

void restore_optimizer(const Replica& replica, Stream& stream, Optimizer& optimizer) {
  const std::vector<Optimizer::State> tensors = optimizer.state();
  require(tensors.size() == replica.optimizer.size(), "restore: {} state tensors for {}", replica.optimizer.size(),
          tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    require(tensors[i].name == replica.optimizer[i].name, "restore: {} for {}", replica.optimizer[i].name,
            tensors[i].name);
    fill(stream, tensors[i].tensor, replica.optimizer[i].values, tensors[i].name);
  }
  optimizer.continue_after(replica.optimizer_steps);
}

void restore_part(const Accumulated& part, Strategy& strategy) {
  fill(strategy.compute(), strategy.accumulated(), part.gradients, "gradients");
  from_host<double>(strategy.compute(), std::span{&part.loss, 1}, strategy.loss());
}

void restore_accumulated(const TrainingState& state, Strategy& strategy) {
  const auto rank = static_cast<std::size_t>(strategy.rank());
  const std::size_t holders = strategy.accumulating_ranks();
  if (state.accumulated.empty() || rank >= holders) return;
  if (state.accumulated.size() == holders) return restore_part(state.accumulated[rank], strategy);
  if (rank == 0) return restore_part(sum_of(state.accumulated, state.dtype), strategy);
  ops::zero(strategy.compute(), strategy.accumulated());
  ops::zero(strategy.compute(), strategy.loss());
  strategy.compute().synchronize();
}

}  // namespace

std::optional<Replica> replica_of(Strategy& strategy) {
  const Optimizer* optimizer = strategy.optimizer();
  if (optimizer == nullptr) return std::nullopt;
  Stream& stream = strategy.compute();
  Replica replica;
  replica.parameters = bytes_of(stream, strategy.model().parameters().values());
  replica.buffers = bytes_of(stream, strategy.model().buffers().values());
  for (const Optimizer::State& state : optimizer->state())
    replica.optimizer.push_back({std::string{state.name}, bytes_of(stream, state.tensor)});
  replica.optimizer_steps = optimizer->steps();
  return replica;
}

std::optional<Accumulated> accumulated_of(Strategy& strategy) {
  if (static_cast<std::size_t>(strategy.rank()) >= strategy.accumulating_ranks()) return std::nullopt;
  Accumulated part;
  part.gradients = bytes_of(strategy.compute(), strategy.accumulated());
  part.loss = to_host<double>(strategy.compute(), strategy.loss())[0];
  return part;
}

Accumulated sum_of(std::span<const Accumulated> parts, DType dtype) {
  require(!parts.empty(), "a sum of no parts");
  Accumulated sum = parts[0];
  for (const Accumulated& part : parts.subspan(1)) {
    require(part.gradients.size() == sum.gradients.size(), "a sum of {} and {} bytes", part.gradients.size(),
            sum.gradients.size());
    sum.loss += part.loss;
  }
  sum.gradients = visit_float(dtype, [&]<typename T>(T) { return sum_of_gradients<T>(parts); });
  return sum;
}

StateCapture::StateCapture(Position position, std::size_t ranks)
    : state_{.position = position, .dtype = DType::f32, .replica = {}, .accumulated = {}}, parts_(ranks) {}

void StateCapture::add(Strategy& strategy) {
  if (strategy.rank() == 0) {
    state_.dtype = strategy.model().dtype();
    std::optional<Replica> replica = replica_of(strategy);
    require(replica.has_value(), "rank 0 does not update");
    state_.replica = std::move(*replica);
  }
  if (state_.position.micro_batch > 0) parts_.at(static_cast<std::size_t>(strategy.rank())) = accumulated_of(strategy);
}

TrainingState StateCapture::take() {
  for (std::optional<Accumulated>& part : parts_)
    if (part) state_.accumulated.push_back(std::move(*part));
  return std::move(state_);
}

void restore(const TrainingState& state, Strategy& strategy) {
  require(state.dtype == strategy.model().dtype(), "restore: a state of {} for a model of {}", name_of(state.dtype),
          name_of(strategy.model().dtype()));
  Stream& stream = strategy.compute();
  // Also on ranks that get them anew in every step, so that no rank holds those of the start.
  fill(stream, strategy.model().parameters().values(), state.replica.parameters, "parameters");
  fill(stream, strategy.model().buffers().values(), state.replica.buffers, "buffers");
  if (Optimizer* optimizer = strategy.optimizer()) restore_optimizer(state.replica, stream, *optimizer);
  restore_accumulated(state, strategy);
}

}  // namespace lockstep
