#include "harness/faults/layer_fault.hpp"

#include <utility>

namespace lockstep {
namespace {

class FaultyLayer : public Layer {
 public:
  FaultyLayer(std::unique_ptr<Layer> honest, LayerFault fault, std::shared_ptr<RankOfThread> ranks, Fired fired)
      : honest_{std::move(honest)}, fault_{std::move(fault)}, ranks_{std::move(ranks)}, fired_{std::move(fired)} {}

  [[nodiscard]] std::vector<ParameterSpec> parameter_specs() const override { return honest_->parameter_specs(); }
  [[nodiscard]] std::vector<BufferSpec> buffer_specs() const override { return honest_->buffer_specs(); }
  [[nodiscard]] std::vector<KeptSpec> kept_specs() const override { return honest_->kept_specs(); }
  [[nodiscard]] std::size_t scratch() const override { return honest_->scratch(); }
  [[nodiscard]] Shape output_shape(std::span<const Shape> samples) const override {
    return honest_->output_shape(samples);
  }
  [[nodiscard]] bool is_in_place() const override { return honest_->is_in_place(); }
  [[nodiscard]] bool needs_output() const override { return honest_->needs_output(); }
  [[nodiscard]] bool passes_gradient() const override { return honest_->passes_gradient(); }
  [[nodiscard]] std::optional<Exactness> exactness() const override { return honest_->exactness(); }

  void forward(Stream& stream, const Forward& pass) const override {
    const Forward told{pass.memory, pass.inputs, pass.y, pass.mode, place_for(LayerFault::Pass::forward, pass.place)};
    honest_->forward(stream, told);
    if (fault_.in_output) count(fault_.in_output(rank(), stream, pass.y));
  }

  void backward(Stream& stream, const Backward& pass) const override {
    const GradientReady ready = [&](const Parameter& parameter) {
      if (fault_.in_gradient) count(fault_.in_gradient(rank(), stream, parameter));
      pass.ready(parameter);
    };
    honest_->backward(stream, {pass.memory, pass.x, pass.y, pass.dy, pass.dx, pass.into, ready,
                               place_for(LayerFault::Pass::backward, pass.place)});
  }

 private:
  /// 0 on threads that are no rank's: what is compared with has one device.
  [[nodiscard]] int rank() const { return ranks_->get().value_or(0); }
  void count(bool did) const {
    if (did) fired_->add(true);
  }
  [[nodiscard]] BatchPlace place_for(LayerFault::Pass pass, BatchPlace place) const {
    if (fault_.in_place) count(fault_.in_place(rank(), pass, place));
    return place;
  }

  std::unique_ptr<Layer> honest_;
  LayerFault fault_;
  std::shared_ptr<RankOfThread> ranks_;
  Fired fired_;
};

}  // namespace

std::unique_ptr<Layer> with_fault(std::unique_ptr<Layer> honest, LayerFault fault, std::shared_ptr<RankOfThread> ranks,
                                  Fired fired) {
  return std::make_unique<FaultyLayer>(std::move(honest), std::move(fault), std::move(ranks), std::move(fired));
}

}  // namespace lockstep
