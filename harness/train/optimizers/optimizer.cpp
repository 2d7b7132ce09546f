#include "harness/train/optimizers/optimizer.hpp"

#include "harness/ops/memory.hpp"
#include "harness/ops/optimizers.hpp"

namespace lockstep {
namespace {

Tensor zeros(Device& device, Stream& stream, DType dtype, std::size_t count) {
  Tensor state{device, dtype, {count}, Use::optimizer};
  ops::zero(stream, state);
  return state;
}

class Sgd : public Optimizer {
 public:
  Sgd(const kernels::SgdSettings& settings, Tensor velocity) : settings_{settings}, velocity_{std::move(velocity)} {}
  void step(Stream& stream, const Parameters& parameters) override {
    ops::sgd(stream, parameters.values(), parameters.gradients(), velocity_, settings_);
  }
  [[nodiscard]] std::vector<State> state() const override {
    return velocity_.count() > 0 ? std::vector<State>{{"velocity", velocity_}} : std::vector<State>{};
  }

 private:
  kernels::SgdSettings settings_;
  Tensor velocity_;
};

class Adam : public Optimizer {
 public:
  Adam(const kernels::AdamSettings& settings, Tensor first_moment, Tensor second_moment)
      : settings_{settings}, first_moment_{std::move(first_moment)}, second_moment_{std::move(second_moment)} {}
  void step(Stream& stream, const Parameters& parameters) override {
    ops::adam(stream, parameters.values(), parameters.gradients(), first_moment_, second_moment_, settings_, ++steps_);
  }
  [[nodiscard]] std::vector<State> state() const override {
    return {{"first_moment", first_moment_}, {"second_moment", second_moment_}};
  }

 private:
  kernels::AdamSettings settings_;
  Tensor first_moment_;
  Tensor second_moment_;
  std::int64_t steps_ = 0;
};

class Ternary : public Optimizer {
 public:
  explicit Ternary(const kernels::TernarySettings& settings) : settings_{settings} {}
  void step(Stream& stream, const Parameters& parameters) override {
    ops::ternary(stream, parameters.values(), parameters.gradients(), settings_);
  }

 private:
  kernels::TernarySettings settings_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(Device& device, Stream& stream, DType dtype, std::size_t count,
                                          const OptimizerSettings& settings) {
  const auto state = [&] { return zeros(device, stream, dtype, count); };
  if (const auto* sgd = std::get_if<kernels::SgdSettings>(&settings))
    return std::make_unique<Sgd>(*sgd, sgd->momentum == 0 ? Tensor{} : state());
  if (const auto* adam = std::get_if<kernels::AdamSettings>(&settings)) {
    Tensor first_moment = state();
    return std::make_unique<Adam>(*adam, std::move(first_moment), state());
  }
  return std::make_unique<Ternary>(std::get<kernels::TernarySettings>(settings));
}

}  // namespace lockstep
