#include "harness/train/optimizers/optimizer.hpp"

#include <array>

#include "harness/ops/clipping.hpp"
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
  Sgd(const UpdateRules& rules, Tensor clipping, const kernels::SgdSettings& settings, Tensor velocity)
      : Optimizer{rules, std::move(clipping)}, settings_{settings}, velocity_{std::move(velocity)} {}
  [[nodiscard]] std::vector<State> state() const override {
    return velocity_.count() > 0 ? std::vector<State>{{velocity_name, velocity_}} : std::vector<State>{};
  }

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t number) override {
    kernels::SgdSettings now = settings_;
    now.learning_rate = learning_rate(settings_.learning_rate, number);
    ops::sgd(stream, parameters.values(), parameters.gradients(), velocity_, now);
  }
  kernels::SgdSettings settings_;
  Tensor velocity_;
};

class Adam : public Optimizer {
 public:
  Adam(const UpdateRules& rules, Tensor clipping, const kernels::AdamSettings& settings, Tensor first_moment,
       Tensor second_moment)
      : Optimizer{rules, std::move(clipping)},
        settings_{settings},
        first_moment_{std::move(first_moment)},
        second_moment_{std::move(second_moment)} {}
  [[nodiscard]] std::vector<State> state() const override {
    return {{first_moment_name, first_moment_}, {second_moment_name, second_moment_}};
  }

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t number) override {
    kernels::AdamSettings now = settings_;
    now.learning_rate = learning_rate(settings_.learning_rate, number);
    ops::adam(stream, parameters.values(), parameters.gradients(), first_moment_, second_moment_, now, number);
  }
  kernels::AdamSettings settings_;
  Tensor first_moment_;
  Tensor second_moment_;
};

class Ternary : public Optimizer {
 public:
  Ternary(const UpdateRules& rules, Tensor clipping, const kernels::TernarySettings& settings)
      : Optimizer{rules, std::move(clipping)}, settings_{settings} {}

 private:
  void do_step(Stream& stream, const Parameters& parameters, std::int64_t) override {
    ops::ternary(stream, parameters.values(), parameters.gradients(), settings_);
  }
  kernels::TernarySettings settings_;
};

}  // namespace

void Optimizer::step(Stream& stream, const Parameters& parameters) {
  if (rules_.clip_norm > 0) {
    ops::clip_factor(stream, parameters.gradients(), rules_.clip_norm, clipping_);
    ops::apply_factor(stream, parameters.gradients(), clipping_);
  }
  do_step(stream, parameters, ++steps_);
}

std::string_view kind_of(const OptimizerSettings& settings) {
  const auto* adam = std::get_if<kernels::AdamSettings>(&settings);
  if (adam != nullptr && adam->decay == kernels::AdamSettings::Decay::of_value) return "adamw";
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
                                          const OptimizerSettings& settings, const UpdateRules& rules) {
  const auto state = [&] { return zeros(device, stream, dtype, count); };
  Tensor clipping = rules.clip_norm > 0 ? Tensor{device, DType::f64, {2}, Use::workspace} : Tensor{};
  if (const auto* sgd = std::get_if<kernels::SgdSettings>(&settings))
    return std::make_unique<Sgd>(rules, std::move(clipping), *sgd, sgd->momentum == 0 ? Tensor{} : state());
  if (const auto* adam = std::get_if<kernels::AdamSettings>(&settings)) {
    Tensor first_moment = state();
    return std::make_unique<Adam>(rules, std::move(clipping), *adam, std::move(first_moment), state());
  }
  return std::make_unique<Ternary>(rules, std::move(clipping), std::get<kernels::TernarySettings>(settings));
}

}  // namespace lockstep
