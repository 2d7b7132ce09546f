// Training steps of an MLP 784-1024-1024-10 on random data: samples/s of each strategy on one and two devices, with the
// batch shared (strong scaling) or one batch per device (weak), and of independent trainings at the same time, which is
// what communication can at best not take away. Then what measuring itself costs. Rates are those of the median step.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "harness/data/synthetic.hpp"
#include "harness/device/cpu/cpu_communicator.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/statistics.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/train/init.hpp"
#include "harness/train/models/mlp.hpp"
#include "kernels/blas.hpp"

namespace {

using namespace lockstep;

constexpr std::size_t samples = 4096;

struct Mlp {
  Mlp() : dataset{make_synthetic_labels({.samples = samples, .inputs = 784, .outputs = 10}, 1)} {
    training.architecture = make_mlp({784, 1024, 1024, 10}, Activation::relu, true);
    training.initial_values = kaiming_uniform(training.architecture.parameter_specs(), 1);
    training.optimizer = kernels::SgdSettings{.learning_rate = 0.01, .momentum = 0.9};
    training.loss = Loss::cross_entropy;
  }
  Training training;
  Dataset dataset;
};

BatchPlan batches_of(std::size_t rows) {
  return [rows](std::size_t step) {
    std::vector<SampleId> ids(rows);
    for (std::size_t i = 0; i < rows; ++i) ids[i] = static_cast<SampleId>((step * rows + i) % samples);
    return ids;
  };
}

/// Devices that do not know each other: every rank is alone in its group.
World open_independent_devices(int devices) {
  World world = cpu::open_world({.ranks = devices});
  for (const auto& rank : world.ranks)
    rank->group = std::make_unique<cpu::CpuCommunicator>(0, std::make_shared<Meeting>(1), true);
  return world;
}

struct Case {
  std::string strategy;
  int devices;
  std::size_t batch;          // of each step of a training
  std::size_t trainings = 1;  // at the same time
};

/// Share of the steps in which computation waits for communication or does it, on the rank where it is largest.
double exposed_communication(const std::vector<Block>& blocks, std::size_t ranks) {
  std::vector<double> share(ranks);
  for (const PhaseTime& time : breakdown(blocks))
    if (time.phase == name_of(Phase::reduce) || time.phase == name_of(Phase::wait)) share[time.rank] += time.fraction;
  return *std::ranges::max_element(share);
}

void measure(benchmark::State& state, const Mlp& mlp, const Case& run) {
  constexpr std::size_t steps = 10;
  const auto trainings = static_cast<double>(run.trainings);
  World world = run.trainings == 1 ? cpu::open_world({.ranks = run.devices}) : open_independent_devices(run.devices);
  Trainer trainer{std::move(world), mlp.training, mlp.dataset, batches_of(run.batch), run.strategy, {}};
  (void)trainer.run(steps);  // allocates, warms up
  std::vector<Block> blocks;
  std::vector<double> seconds;
  for (auto _ : state) {
    blocks.push_back(trainer.run(steps));
    const std::vector<double> times = step_times(blocks.back());
    seconds.insert(seconds.end(), times.begin(), times.end());
    state.SetIterationTime(std::accumulate(times.begin(), times.end(), 0.0) / steps);
  }
  const double step = median(seconds);
  state.counters["samples/s"] = trainings * static_cast<double>(run.batch) / step;
  state.counters["median_us"] = step * 1e6;
  state.counters["spans_per_step"] = static_cast<double>(blocks.back().ranks[0].spans.size()) / steps;
  if (run.strategy != "single")
    state.counters["exposed"] = exposed_communication(blocks, static_cast<std::size_t>(run.devices));
}

void add_case(const Mlp& mlp, const std::string& name, const Case& run) {
  const std::string label = name + "/batch:" + std::to_string(run.batch);
  // About half a second of steps at 10,000 samples/s.
  const auto blocks = static_cast<benchmark::IterationCount>(std::max<std::size_t>(2, 512 / run.batch));
  benchmark::RegisterBenchmark(label.c_str(), [&mlp, run](benchmark::State& state) { measure(state, mlp, run); })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(blocks);
}

void add_cases(const Mlp& mlp, std::size_t batch) {
  // Neighbours in time are compared with each other. The batch in a name is the global one.
  add_case(mlp, "single", {"single", 1, batch});
  add_case(mlp, "two_singles", {"single", 2, batch, 2});
  add_case(mlp, "ddp/devices:2/weak", {"ddp", 2, 2 * batch});
  add_case(mlp, "ddp/devices:2/strong", {"ddp", 2, batch});
  add_case(mlp, "dp/devices:2/weak", {"dp", 2, 2 * batch});
  add_case(mlp, "dp/devices:2/strong", {"dp", 2, batch});
  add_case(mlp, "ddp/devices:1", {"ddp", 1, batch});
  add_case(mlp, "dp/devices:1", {"dp", 1, batch});
}

void empty_kernel_and_record(benchmark::State& state) {
  World world = cpu::open_world({.ranks = 1});
  const auto stream = world.ranks[0]->device->make_compute_stream();
  for (auto _ : state) {
    stream->run({.name = "empty", .cost = {}, .body = [] {}});
    benchmark::DoNotOptimize(stream->record());
  }
}

/// What one phase of a step costs to measure.
void timeline_span(benchmark::State& state) {
  World world = cpu::open_world({.ranks = 1});
  const auto stream = world.ranks[0]->device->make_compute_stream();
  Timeline timeline;
  for (auto _ : state) {
    if (timeline.spans().size() == 100) timeline.clear();
    timeline.during(Phase::forward, *stream, [] {});
  }
}

}  // namespace

int main(int argc, char** argv) {
  kernels::use_one_thread_per_caller();
  kernels::use_kernels_for_this_cpu();
  const Mlp mlp;
  for (const std::size_t batch : {256UL, 64UL}) add_cases(mlp, batch);
  benchmark::RegisterBenchmark("empty_kernel_and_record", empty_kernel_and_record)->MinTime(0.05);
  benchmark::RegisterBenchmark("timeline_span", timeline_span)->MinTime(0.05);
  benchmark::AddCustomContext("blas", kernels::blas_description());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
