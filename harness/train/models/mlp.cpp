#include "harness/train/models/mlp.hpp"

#include "harness/train/layers/activation.hpp"
#include "harness/train/layers/linear.hpp"

namespace lockstep {

Architecture make_mlp(const std::vector<std::size_t>& widths, Activation activation, bool bias) {
  require(widths.size() >= 2, "a network of {} widths", widths.size());
  Architecture architecture{.nodes = {}, .sample = {widths[0]}};
  for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    architecture.add(std::make_unique<Linear>(fmt::format("layer{}", layer), widths[layer], widths[layer + 1], bias));
    if (layer + 2 == widths.size()) break;
    if (activation == Activation::relu) architecture.add(std::make_unique<Relu>());
    if (activation == Activation::tanh) architecture.add(std::make_unique<Tanh>());
  }
  return architecture;
}

}  // namespace lockstep
