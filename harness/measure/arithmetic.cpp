#include "harness/measure/arithmetic.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "harness/device/forwarding.hpp"
#include "kernels/gemm.hpp"

namespace lockstep {
namespace {

/// Passes everything on and adds up what its kernels cost.
class CountingStream : public ForwardingStream {
 public:
  CountingStream(std::unique_ptr<Stream> inner, std::shared_ptr<double> flops)
      : ForwardingStream{std::move(inner)}, flops_{std::move(flops)} {}

  void run(Kernel kernel) override {
    *flops_ += kernel.cost.flops;
    ForwardingStream::run(std::move(kernel));
  }

 private:
  std::shared_ptr<double> flops_;
};

/// A device whose streams count.
class CountingDevice : public ForwardingDevice {
 public:
  CountingDevice(std::unique_ptr<Device> inner, std::shared_ptr<double> flops)
      : ForwardingDevice{std::move(inner)}, flops_{std::move(flops)} {}

  std::unique_ptr<Stream> make_compute_stream() override { return counting(ForwardingDevice::make_compute_stream()); }
  std::unique_ptr<Stream> make_side_stream() override { return counting(ForwardingDevice::make_side_stream()); }

 private:
  std::unique_ptr<Stream> counting(std::unique_ptr<Stream> stream) {
    return std::make_unique<CountingStream>(std::move(stream), flops_);
  }

  std::shared_ptr<double> flops_;
};

}  // namespace

Metric utilisation(const Arithmetic& arithmetic, const std::vector<double>& step_times, std::size_t devices) {
  std::vector<double> shares;
  for (const double seconds : step_times)
    if (arithmetic.product_rate)
      shares.push_back(arithmetic.flops / (seconds * static_cast<double>(devices) * *arithmetic.product_rate));
  return summarised({.name = "utilisation",
                     .unit = "1",
                     .better = Better::higher,
                     .definition = "flops of a step / (T_N * N * the rate of one core's best matrix product)"},
                    shares);
}

double flops_of_step(World world, const Training& training, const Dataset& dataset, const BatchPlan& batches) {
  require(world.size() == 1, "the arithmetic of a step is counted on one device, not on {}", world.size());
  const auto flops = std::make_shared<double>(0);
  Rank& rank = *world.ranks.front();
  rank.device = std::make_unique<CountingDevice>(std::move(rank.device), flops);
  Trainer trainer{std::move(world), training, dataset, batches, "single", {}};
  *flops = 0;  // what construction did belongs to no step
  trainer.run(1);
  return *flops;
}

double best_product_rate() {
  constexpr std::size_t side = 256;  // three matrices fit the second-level cache of most machines
  constexpr int products = 50;
  const std::vector<float> a(side * side, 0.5F);
  const std::vector<float> b(side * side, 0.25F);
  std::vector<float> c(side * side);
  double best_seconds = std::numeric_limits<double>::infinity();
  for (int product = 0; product < products; ++product) {
    const auto start = std::chrono::steady_clock::now();
    kernels::gemm(kernels::Transpose::no, kernels::Transpose::no, side, side, side, a, b, kernels::Into::overwrite, c);
    best_seconds = std::min(best_seconds, Seconds{std::chrono::steady_clock::now() - start}.count());
  }
  return 2.0 * side * side * side / best_seconds;
}

}  // namespace lockstep
