#include "harness/train/optimizers/optimizer.hpp"

#include <array>

#include "harness/ops/memory.hpp"
#include "harness/ops/optimizers.hpp"

namespace lockstep {
namespace {

constexpr std::string_view velocity_name = "velocity";
constexpr std::string_view first_moment_name = "first_moment";
constexpr std::string_view second_moment_name = "second_moment";

Tensor zeros(Device& device, Stream& stream, DType dtype, std::size_t count) {
  Tensor state{device, dtype, {count}, Use::optimizer};
  ops::zero(stream, state);
  return state;
}

class Sgd : public Optimizer {
 public:
  Sgd(const kernels::SgdSettings& settings, Tensor velocity) : settings_{settings}, velocity_{std::move(velocity)} {}
  [[nodiscard]] std::vector<State> state() const override {
    return velocity_.count() > 0 ? std::vector<State>{{velocity_name, velocity_}} : std::vector<State>{};
  }

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t) override {
    ops::sgd(stream, parameters.values(), parameters.gradients(), velocity_, settings_);
  }
  kernels::SgdSettings settings_;
  Tensor velocity_;
};

class Adam : public Optimizer {
 public:
  Adam(const kernels::AdamSettings& settings, Tensor first_moment, Tensor second_moment)
      : settings_{settings}, first_moment_{std::move(first_moment)}, second_moment_{std::move(second_moment)} {}
  [[nodiscard]] std::vector<State> state() const override {
    return {{first_moment_name, first_moment_}, {second_moment_name, second_moment_}};
  }

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t number) override {
    ops::adam(stream, parameters.values(), parameters.gradients(), first_moment_, second_moment_, settings_, number);
  }
  kernels::AdamSettings settings_;
  Tensor first_moment_;
  Tensor second_moment_;
};

class Ternary : public Optimizer {
 public:
  explicit Ternary(const kernels::TernarySettings& settings) : settings_{settings} {}

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t) override {
    ops::ternary(stream, parameters.values(), parameters.gradients(), settings_);
  }
  kernels::TernarySettings settings_;
};

}  // namespace

std::string_view kind_of(const OptimizerSettings& settings) {
  static constexpr std::array<std::string_view, std::variant_size_v<OptimizerSettings>> names{"sgd", "adam", "ternary"};
  return names.at(settings.index());
}

std::vector<std::string_view> state_names(const OptimizerSettings& settings) {
  if (const auto* sgd = std::get_if<kernels::SgdSettings>(&settings))
    return sgd->momentum == 0 ? std::vector<std::string_view>{} : std::vector<std::string_view>{velocity_name};
  if (std::holds_alternative<kernels::AdamSettings>(settings)) return {first_moment_name, second_moment_name};
  return {};
}

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
