// Repeated work is launched as graphs: the same bits as without, at one call a section instead of one or more a kernel,
// and errors that leave the stream in order.
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <functional>

#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/device/cuda/cuda_stream.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "harness/ops/add.hpp"
#include "harness/train/models/resnet.hpp"
#include "kernels/cuda/memory.hpp"
#include "kernels/memory.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// How often this process has called a function of CUDA; "total" for all of CUDA, cuBLAS and NCCL.
std::uint64_t calls_of(const char* function) {
  using Calls = std::uint64_t (*)(const char*);
  static const auto calls = reinterpret_cast<Calls>(::dlsym(RTLD_DEFAULT, "lockstep_fakecuda_calls"));
  return calls(function);
}

/// Forgets what the fake has found.
int take_findings() {
  using Take = int (*)();
  static const auto take = reinterpret_cast<Take>(::dlsym(RTLD_DEFAULT, "lockstep_fakecuda_take_findings"));
  return take();
}

class Graphs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cuda::is_emulated()) GTEST_SKIP() << "counts the calls that the fake CUDA runtime gets";
  }
};

// Trainings with and without graphs.

enum class Network { mlp, resnet };

struct Case {
  std::string strategy;
  cuda::WorldOptions options;
  std::size_t micro_batches = 1;
  OptimizerSettings optimizer = kernels::SgdSettings{.learning_rate = 0.1, .momentum = 0.9};
  Network network = Network::mlp;
  DType dtype = DType::f32;
};

TrainingWithData example_of(const Case& one) {
  TrainingWithData example = real_training(one.dtype);
  example.training.optimizer = one.optimizer;
  if (one.network == Network::resnet) {
    example.training.architecture = make_resnet({.image = {1, 5, 4}, .depth = 8, .filters = 2});
    example.training.initial_values = kaiming_uniform(example.training.architecture.parameter_specs(), 1);
  }
  return example;
}

/// Everything that a training leaves behind, by rank.
struct Left {
  std::vector<std::vector<std::byte>> parameters;
  std::vector<std::vector<double>> losses;
  std::uint64_t graph_launches = 0;
  friend bool operator==(const Left& a, const Left& b) { return a.parameters == b.parameters && a.losses == b.losses; }
};

/// Batches that repeat, shrink, grow again, and leave devices without rows.
std::vector<SampleId> uneven_batch(std::size_t step) {
  constexpr std::size_t rows[] = {16, 16, 16, 10, 16, 10, 10, 2, 16, 2, 24, 24, 24, 16};
  std::vector<SampleId> ids;
  for (std::size_t i = 0; i < rows[step % std::size(rows)]; ++i)
    ids.push_back(static_cast<SampleId>((step * 31 + i) % 256));
  return ids;
}

Left train(const Case& one, bool graphs) {
  constexpr std::size_t steps = 14;
  const TrainingWithData example = example_of(one);
  cuda::WorldOptions options = one.options;
  options.graphs = graphs;
  World world = cuda::open_world(options);
  Left left;
  left.parameters.resize(world.ranks.size());
  left.losses.resize(world.ranks.size());
  const std::uint64_t before = calls_of("cudaGraphLaunch");
  on_every_rank(world, [&](Rank& rank) {
    BatchLoader source{*rank.device, example.dataset, uneven_batch, one.dtype};
    StrategyOptions strategy_options = small_buckets;
    strategy_options.micro_batches = one.micro_batches;
    const auto strategy = make_strategy(one.strategy, rank, example.training, strategy_options);
    const auto index = static_cast<std::size_t>(rank.index);
    for (std::size_t step = 0; step < steps; ++step) {
      strategy->step(step, source);
      left.losses[index].push_back(to_host<double>(strategy->compute(), strategy->loss())[0]);
    }
    const Tensor& values = strategy->model().parameters().values();
    left.parameters[index].resize(values.bytes());
    strategy->compute().copy_out(values, left.parameters[index]);
    strategy->compute().synchronize();
  });
  left.graph_launches = calls_of("cudaGraphLaunch") - before;
  return left;
}

class Trainings : public Graphs, public ::testing::WithParamInterface<Case> {};

TEST_P(Trainings, have_the_same_bits_with_and_without) {
  const Left without = train(GetParam(), false);
  const Left with = train(GetParam(), true);
  EXPECT_EQ(with, without);
  EXPECT_EQ(without.graph_launches, 0U);
  EXPECT_EQ(with.graph_launches > 10, GetParam().options.device_map.empty()) << with.graph_launches;
}

void PrintTo(const Case& one, std::ostream* out) { *out << one.strategy << " on " << one.options.ranks; }

constexpr auto nccl = cuda::Collectives::nccl;
constexpr auto local = cuda::Collectives::local;
constexpr kernels::SgdSettings plain_sgd{.learning_rate = 0.01};

INSTANTIATE_TEST_SUITE_P(
    All, Trainings,
    ::testing::Values(Case{"single", {.ranks = 1, .collectives = local}},
                      Case{"single", {.ranks = 1, .collectives = local}, 3},
                      Case{"single", {.ranks = 1, .collectives = local}, 1, kernels::AdamSettings{}},
                      Case{"dp", {.ranks = 3, .collectives = nccl}}, Case{"dp", {.ranks = 3, .collectives = local}, 3},
                      Case{"ddp", {.ranks = 3, .collectives = local}},
                      Case{"ddp", {.ranks = 3, .collectives = nccl}, 3},
                      Case{"ddp", {.ranks = 2, .collectives = nccl}, 2, kernels::AdamSettings{}},
                      Case{"ddp", {.ranks = 2, .device_map = {0, 0}}},
                      Case{"single", {.ranks = 1, .collectives = local}, 1, plain_sgd, Network::resnet},
                      Case{"ddp", {.ranks = 2, .collectives = nccl}, 1, plain_sgd, Network::resnet},
                      Case{"ddp", {.ranks = 2, .collectives = local}, 2, plain_sgd, Network::mlp, DType::bf16}));

// What a step costs the host.

struct Calls {
  std::uint64_t all;         // that put something into a stream
  std::uint64_t of_kernels;  // launches and products
  std::uint64_t of_graphs;
};

/// In one step of a training that has warmed up.
Calls calls_of_a_step(std::size_t layers, bool graphs) {
  TrainingWithData example = real_training();
  std::vector<std::size_t> widths(layers + 1, 16);
  widths.front() = 20;
  widths.back() = 10;
  example.training.architecture = make_mlp(widths, Activation::tanh, true);
  example.training.initial_values = kaiming_uniform(example.training.architecture.parameter_specs(), 1);
  World world = cuda::open_world({.ranks = 1, .collectives = local, .graphs = graphs});
  Calls calls{};
  on_every_rank(world, [&](Rank& rank) {
    BatchLoader source{*rank.device, example.dataset, consecutive(16), DType::f32};
    const auto strategy = make_strategy("single", rank, example.training, {});
    const auto now = [] {
      Calls calls_now{.all = 0,
                      .of_kernels = calls_of("cudaLaunchKernel") + calls_of("cublasSgemm"),
                      .of_graphs = calls_of("cudaGraphLaunch")};
      calls_now.all = calls_now.of_kernels + calls_now.of_graphs;
      for (const char* other : {"cudaMemcpyAsync", "cudaMemsetAsync", "cudaEventRecord", "cudaStreamWaitEvent"})
        calls_now.all += calls_of(other);
      return calls_now;
    };
    for (std::size_t step = 0; step < 3; ++step) strategy->step(step, source);
    strategy->compute().synchronize();
    const Calls before = now();
    strategy->step(3, source);
    const Calls after = now();
    strategy->compute().synchronize();
    calls = {after.all - before.all, after.of_kernels - before.of_kernels, after.of_graphs - before.of_graphs};
  });
  return calls;
}

TEST_F(Graphs, AStepCostsTheHostNoMoreWithMoreLayers) {
  const Calls shallow = calls_of_a_step(3, true);
  const Calls deep = calls_of_a_step(12, true);
  EXPECT_EQ(deep.of_graphs, 2U) << "forward and backward";
  EXPECT_EQ(deep.of_kernels, 3U) << "the loss in two, and the update";
  EXPECT_EQ(deep.of_graphs, shallow.of_graphs);
  EXPECT_EQ(deep.of_kernels, shallow.of_kernels);
  EXPECT_EQ(deep.all, shallow.all);
  const Calls deep_without = calls_of_a_step(12, false);
  EXPECT_EQ(deep_without.of_graphs, 0U);
  EXPECT_GT(deep_without.of_kernels, 80U);
  for (const auto& [what, calls] : {std::pair{"with", deep}, {"without", deep_without}})
    fmt::print("a step of 12 layers {} graphs: {} calls that queue, {} of them kernels and products, {} graphs\n", what,
               calls.all, calls.of_kernels, calls.of_graphs);
}

// A stream by itself.

class Sections : public Graphs {
 protected:
  void on_a_gpu(const std::function<void(Device&, Stream&)>& work) {
    World world = cuda::open_world({.ranks = 1, .collectives = local});
    on_every_rank(world, [&](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      work(*rank.device, *stream);
    });
  }
  static Tensor ones(Device& device, Stream& stream, std::size_t count = 4) {
    const Tensor tensor{device, DType::f32, {count}, Use::workspace};
    from_host<float>(stream, std::vector<float>(count, 1), tensor);
    return tensor;
  }
  /// Doubled twice.
  static void quadruple(Stream& stream, const Tensor& tensor) {
    for (int turn = 0; turn < 2; ++turn) ops::add(stream, tensor, tensor);
  }
};

TEST_F(Sections, AreLaunchedOneByOneThenAsGraphs) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    std::vector<std::uint64_t> graphs;
    std::vector<std::uint64_t> captures;
    for (int turn = 0; turn < 4; ++turn) {
      stream.repeated([&] { quadruple(stream, x); });
      graphs.push_back(calls_of("cudaGraphLaunch"));
      captures.push_back(calls_of("cudaStreamBeginCapture"));
    }
    for (std::size_t turn = 3; turn > 0; --turn) {
      graphs[turn] -= graphs[0];
      captures[turn] -= captures[0];
    }
    EXPECT_THAT(std::vector(graphs.begin() + 1, graphs.end()), ElementsAre(1, 2, 3));
    EXPECT_THAT(std::vector(captures.begin() + 1, captures.end()), ElementsAre(1, 1, 1));
    EXPECT_EQ(to_host<float>(stream, x)[0], 256);
  });
}

TEST_F(Sections, OtherMemoryAndOtherShapesAreOtherSections) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const Tensor y = ones(device, stream);
    for (int turn = 0; turn < 3; ++turn)
      for (const Tensor& tensor : {x, y, x.view(0, {2})}) stream.repeated([&] { quadruple(stream, tensor); });
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(4096, 4096, 64, 64));
    EXPECT_THAT(to_host<float>(stream, y), ElementsAre(64, 64, 64, 64));
  });
}

// The memory of a graph may go, and come back for something else: then the graph is the right one for that.
TEST_F(Sections, DoNotKeepMemoryAlive) {
  on_a_gpu([](Device& device, Stream& stream) {
    const std::size_t before = device.account().total.current;
    for (int turn = 0; turn < 4; ++turn) {
      const Tensor x = ones(device, stream);
      stream.repeated([&] { quadruple(stream, x); });
      EXPECT_EQ(to_host<float>(stream, x)[0], 4);
    }
    EXPECT_EQ(device.account().total.current, before);
  });
}

TEST_F(Sections, AreCutWhereSomethingElseIsQueued) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const auto side = device.make_side_stream();
    for (int turn = 0; turn < 3; ++turn) {
      std::vector<float> between(4);
      std::vector<float> put(4, 2);
      stream.repeated([&] {
        quadruple(stream, x);
        stream.copy_out(x, std::as_writable_bytes(std::span{between}));
        stream.copy_in(std::as_bytes(std::span{put}), x);
        quadruple(stream, x);
        side->wait(stream.record());
        quadruple(*side, x);
        stream.wait(side->record());
        quadruple(stream, x);
        stream.synchronize();
        EXPECT_EQ(between[0], turn == 0 ? 4 : 512);
      });
      EXPECT_EQ(to_host<float>(stream, x)[0], 128);
    }
  });
}

TEST_F(Sections, MoreThanAreRememberedAreRightAllTheSame) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream, 200);
    const auto quadruple_prefixes = [&](std::size_t first, std::size_t last) {
      for (std::size_t count = first; count <= last; ++count)
        stream.repeated([&] { quadruple(stream, x.view(count - 1, {1})); });
    };
    quadruple_prefixes(1, 200);  // more than there is room for
    quadruple_prefixes(1, 200);
    quadruple_prefixes(190, 200);  // still known
    quadruple_prefixes(190, 200);
    const std::vector<float> values = to_host<float>(stream, x);
    EXPECT_EQ(values[0], 16);
    EXPECT_EQ(values[199], 256);
  });
}

// The tail of a failed section is not queued later.
TEST_F(Sections, ThatThrowLeaveNothingBehind) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const auto failing = [&] {
      quadruple(stream, x);
      throw RunError{"on purpose"};
    };
    EXPECT_THROW(stream.repeated(failing), RunError);
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(1, 1, 1, 1));
    stream.repeated([&] { quadruple(stream, x); });
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(4, 4, 4, 4));
  });
}

// What must not happen in a capture. The bodies behave when they are launched by themselves.

bool is_capturing(const kernels::CudaQueue& queue) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  EXPECT_EQ(cudaStreamIsCapturing(queue.stream, &status), cudaSuccess);
  return status != cudaStreamCaptureStatusNone;
}

constexpr auto refuses_captures = [](const auto&... queue) {
  if ((is_capturing(queue) || ...)) throw kernels::CudaLaunchError{"refused"};
};

constexpr auto waits_in_captures = [](const auto&... queue) {
  if ((is_capturing(queue) || ...)) (cudaStreamSynchronize(queue.stream), ...);
};

template <typename Function>
void queue_body(Stream& stream, Function function) {
  stream.run({.name = "planted", .cost = {}, .body = KernelBody::of(function)});
}

TEST_F(Sections, AKernelThatFailsInACaptureEndsIt) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const auto section = [&] {
      quadruple(stream, x);
      queue_body(stream, refuses_captures);
    };
    stream.repeated(section);
    for (int again = 0; again < 2; ++again) {
      try {
        stream.repeated(section);
        FAIL() << "not refused";
      } catch (const RunError& error) {
        EXPECT_THAT(error.what(), HasSubstr("kernel planted on cuda:0: refused"));
      }
      EXPECT_THAT(to_host<float>(stream, x), ElementsAre(4, 4, 4, 4));
    }
    stream.repeated([&] { quadruple(stream, x); });
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(16, 16, 16, 16));
  });
}

TEST_F(Sections, AKernelThatWaitsInACaptureIsAnError) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const auto section = [&] {
      queue_body(stream, waits_in_captures);
      queue_body(stream, waits_in_captures);
    };
    stream.repeated(section);
    try {
      stream.repeated(section);
      FAIL() << "not noticed";
    } catch (const cuda::CudaError& error) {
      EXPECT_EQ(error.status(), cudaErrorStreamCaptureInvalidated);
    }
    EXPECT_GT(take_findings(), 0);
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(1, 1, 1, 1));
  });
}

// Why a body must not depend on anything but its operands: a planted fault.
float hidden_factor = 1;

constexpr auto hides_an_operand = [](const Tensor& x, const auto&... queue) {
  if (hidden_factor > 1) kernels::zero(queue..., x.raw());
};

TEST_F(Sections, WhatAKeyDoesNotSeeIsReplayedAsItWas) {
  on_a_gpu([](Device& device, Stream& stream) {
    const Tensor x = ones(device, stream);
    const auto section = [&] {
      for (int turn = 0; turn < 2; ++turn)
        stream.run({.name = "hides", .cost = {}, .body = KernelBody::of(hides_an_operand, x)});
    };
    for (int turn = 0; turn < 2; ++turn) stream.repeated(section);
    hidden_factor = 2;
    stream.repeated(section);
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(1, 1, 1, 1)) << "stale";
    section();
    EXPECT_THAT(to_host<float>(stream, x), ElementsAre(0, 0, 0, 0));
    hidden_factor = 1;
  });
}

}  // namespace
}  // namespace lockstep
