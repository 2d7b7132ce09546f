#include "harness/train/models/gpt.hpp"

#include <cmath>

#include "harness/train/layers/attention.hpp"
#include "harness/train/layers/dropout.hpp"
#include "harness/train/layers/embedding.hpp"
#include "harness/train/layers/gelu.hpp"
#include "harness/train/layers/layer_norm.hpp"
#include "harness/train/layers/projection.hpp"
#include "harness/train/layers/residual.hpp"

namespace lockstep {
namespace {

class GptBuilder {
 public:
  explicit GptBuilder(const GptShape& shape)
      : shape_{shape},
        net_{.nodes = {}, .sample = {shape.context}, .takes_tokens = true},
        last_of_branch_{deviation / std::sqrt(2 * static_cast<double>(shape.layers))} {}

  Architecture build() {
    const auto& [layers, width, heads, context, vocabulary, dropout, seed] = shape_;
    require(layers > 0 && heads > 0 && width > 0 && width % heads == 0, "{} layers, {} heads on a width of {}", layers,
            heads, width);
    net_.add(std::make_unique<Embedding>("wte", vocabulary, width, deviation));
    const std::size_t embedding = 0;
    net_.add(std::make_unique<PositionEmbedding>("wpe", context, width, deviation));
    drop();
    for (std::size_t layer = 0; layer < layers; ++layer) add_block(fmt::format("h.{}.", layer));
    normalise("ln_f");
    net_.add_tied(std::make_unique<OutputEmbedding>(vocabulary, width), embedding);
    return std::move(net_);
  }

 private:
  static constexpr double deviation = 0.02;

  void add_block(const std::string& name) {
    const auto& [layers, width, heads, context, vocabulary, dropout, seed] = shape_;
    std::size_t x = net_.nodes.size();
    normalise(name + "ln_1");
    net_.add(std::make_unique<Projection>(name + "attn.c_attn", width, 3 * width, deviation));
    net_.add(std::make_unique<Attention>(
        kernels::AttentionShape{.positions = context, .heads = heads, .head_width = width / heads}));
    x = end_branch(std::make_unique<Projection>(name + "attn.c_proj", width, width, last_of_branch_), x);
    normalise(name + "ln_2");
    net_.add(std::make_unique<Projection>(name + "mlp.c_fc", width, 4 * width, deviation));
    net_.add(std::make_unique<Gelu>());
    end_branch(std::make_unique<Projection>(name + "mlp.c_proj", 4 * width, width, last_of_branch_), x);
  }

  std::size_t end_branch(std::unique_ptr<Layer> projection, std::size_t shortcut) {
    net_.add(std::move(projection));
    const std::size_t branch = drop();
    return net_.add(std::make_unique<Residual>(), {branch, shortcut});
  }

  void normalise(const std::string& name) { net_.add(std::make_unique<LayerNorm>(name, shape_.context, shape_.width)); }

  /// Returns the number of the value made last.
  std::size_t drop() {
    if (shape_.dropout > 0) net_.add(std::make_unique<Dropout>(shape_.dropout, shape_.seed, dropouts_++));
    return net_.nodes.size();
  }

  const GptShape& shape_;
  Architecture net_;
  double last_of_branch_;  // deviation of the weights that end a branch: their sum keeps its size
  std::uint32_t dropouts_ = 0;
};

}  // namespace

Architecture make_gpt(const GptShape& shape) { return GptBuilder{shape}.build(); }

}  // namespace lockstep
