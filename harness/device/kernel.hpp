// One unit of device work, as a value.
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "harness/device/cuda/built.hpp"
#include "harness/device/work_key.hpp"
#include "kernels/cuda/queue.hpp"

namespace lockstep {

/// What the work must compute and move at least once: floating-point operations, and bytes read plus written.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

/// What a kernel does, for each kind of device: body() computes on the calling thread, body(queue) queues the work on a
/// GPU and returns. Copies share one callable. It is made of a generic lambda that takes both calls,
/// `[=](const auto&... queue) { kernels::zero(queue..., bytes); }`, whose CUDA side is not instantiated in a build
/// without CUDA, so that what it calls need not exist there; or of a callable without arguments, for the CPU only.
class KernelBody {
 public:
  KernelBody() = default;
  template <std::invocable<> Callable>
  requires(!std::same_as<std::remove_cvref_t<Callable>, KernelBody>)
      KernelBody(Callable callable)  // NOLINT(google-explicit-constructor): written like a std::function
      : calls_{std::make_shared<Holder<Callable>>(std::move(callable))} {}

  /// function(operands..., queue...), where the function captures nothing, so that the work depends on its operands
  /// alone: what is queued again and again should be made so, since its key lets a stream recognise it.
  template <typename Function, typename... Operands>
  static KernelBody of(Function, Operands... operands) {
    static_assert(std::is_empty_v<Function>, "the function captures: what it needs are operands, which the key sees");
    KernelBody body;
    body.calls_ = std::make_shared<Keyed<Bound<Function, Operands...>>>(
        Bound<Function, Operands...>{std::tuple<Operands...>{std::move(operands)...}});
    return body;
  }

  /// Adds all that the work depends on, unless that is not known: then returns false.
  bool add_to(WorkKey& key) const { return calls_->add_to(key); }

  void operator()() const { calls_->on_cpu(); }
  void operator()(const kernels::CudaQueue& queue) const { calls_->on_gpu(queue); }

 private:
  struct Calls {
    virtual ~Calls() = default;
    virtual void on_cpu() = 0;
    virtual void on_gpu(const kernels::CudaQueue& queue) = 0;
    virtual bool add_to(WorkKey& /*key*/) const { return false; }
  };
  template <typename Callable>
  struct Holder : Calls {
    explicit Holder(Callable held) : callable{std::move(held)} {}
    void on_cpu() override { callable(); }
    void on_gpu([[maybe_unused]] const kernels::CudaQueue& queue) override {
      if constexpr (cuda::is_built) {
        if constexpr (std::invocable<Callable&, const kernels::CudaQueue&>) return callable(queue);
      }
      throw_no_gpu_body();
    }
    Callable callable;
  };
  template <typename Function, typename... Operands>
  struct Bound {
    std::tuple<Operands...> operands;

    void operator()(const auto&... queue) const {
      std::apply([&](const Operands&... all) { Function{}(all..., queue...); }, operands);
    }
  };
  template <typename Callable>
  struct Keyed : Holder<Callable> {
    using Holder<Callable>::Holder;
    bool add_to(WorkKey& key) const override {
      key.add_code(typeid(Callable));
      std::apply([&](const auto&... all) { key.add(all...); }, this->callable.operands);
      return true;
    }
  };
  [[noreturn]] static void throw_no_gpu_body();

  std::shared_ptr<Calls> calls_;
};

/// A name (with static lifetime), a cost, and what to do.
struct Kernel {
  std::string_view name;
  Cost cost;
  KernelBody body;
};

}  // namespace lockstep
