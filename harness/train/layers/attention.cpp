#include "harness/train/layers/attention.hpp"

#include "harness/ops/attention.hpp"

namespace lockstep {

std::vector<KeptSpec> Attention::kept_specs() const {
  return {{.shape = {shape_.heads, shape_.positions, shape_.positions}, .is_per_row = true}};
}

Shape Attention::output_shape(std::span<const Shape> samples) const {
  const Shape expected{shape_.positions, 3 * shape_.width()};
  require(samples.front() == expected, "attention takes {}, not {}", format_shape(expected),
          format_shape(samples.front()));
  return {shape_.positions, shape_.width()};
}

void Attention::forward(Stream& stream, const Forward& pass) const {
  ops::attention_forward(stream, pass.x(), probabilities_of(pass.memory, pass.y.rows()), pass.y,
                         of_rows(pass.y.rows()));
}

void Attention::backward(Stream& stream, const Backward& pass) const {
  if (pass.dx == nullptr) return;
  ops::attention_backward(stream, pass.x, pass.dy, probabilities_of(pass.memory, pass.dy.rows()),
                          pass.memory.scratch.view(0, {shape_.scratch()}), *pass.dx, of_rows(pass.dy.rows()));
}

Tensor Attention::probabilities_of(const Memory& memory, std::size_t rows) const {
  return memory.kept[0].view(0, {of_rows(rows).probabilities()});
}

kernels::AttentionShape Attention::of_rows(std::size_t rows) const {
  kernels::AttentionShape shape = shape_;
  shape.rows = rows;
  return shape;
}

}  // namespace lockstep
