// The collectives of virtual devices by size and number of ranks, and beside them what they are measured against:
// `copy`, in which every rank copies as many bytes as the operation has, at the same time, and `ring`, the textbook
// all-reduce. A sample is the time from the first rank's start to the last one's end; the rates are those of the
// median sample, algbw = S / time and busbw as in harness/device/collective.hpp. All buffers are touched before.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/units.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/cpu/topology.hpp"
#include "kernels/blas.hpp"
#include "tests/bench/ring.hpp"

namespace {

using namespace lockstep;

using Clock = std::chrono::steady_clock;

/// One rank's part of an operation, run again and again; queues and finishes it.
using Operation = std::function<void()>;
/// Makes a rank's operation on `bytes` bytes: allocates and touches what it needs.
using Prepare = std::function<Operation(Rank& rank, Stream& stream, std::size_t bytes)>;

struct Repetition {
  std::size_t samples;
  std::size_t operations;  // of one sample, back to back: it must be long beside a reading of the clock
};

Repetition repetition_for(std::size_t bytes) {
  const std::size_t operations = std::clamp<std::size_t>(256 * KiB / bytes, 1, 64);
  return {std::clamp<std::size_t>(GiB / (bytes * operations), 8, 200), operations};
}

std::vector<double> sample_seconds(World& world, std::size_t bytes, const Repetition& repetition,
                                   const Prepare& prepare) {
  struct Sample {
    Clock::time_point begin, end;
  };
  std::vector<std::vector<Sample>> samples(world.ranks.size());
  on_every_rank(world, [&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const Operation operation = prepare(rank, *stream, bytes);
    std::vector<Sample> own(repetition.samples + 1);  // the first one warms up
    for (Sample& sample : own) {
      rank.group->barrier(*stream);
      sample.begin = Clock::now();
      for (std::size_t i = 0; i < repetition.operations; ++i) operation();
      sample.end = Clock::now();
    }
    rank.group->barrier(*stream);  // the operands of all ranks stay until all are done
    samples[static_cast<std::size_t>(rank.index)] = std::move(own);
  });
  std::vector<double> seconds;
  for (std::size_t i = 1; i <= repetition.samples; ++i) {
    Sample all = samples[0][i];
    for (const std::vector<Sample>& own : samples)
      all = {std::min(all.begin, own[i].begin), std::max(all.end, own[i].end)};
    seconds.push_back(Seconds{all.end - all.begin}.count() / static_cast<double>(repetition.operations));
  }
  return seconds;
}

void measure(benchmark::State& state, int ranks, std::size_t bytes, double bus_factor, const Prepare& prepare) {
  World world = cpu::open_world({.ranks = ranks});
  const Repetition repetition = repetition_for(bytes);
  std::vector<double> seconds = sample_seconds(world, bytes, repetition, prepare);
  std::size_t next = 0;
  for (auto _ : state) state.SetIterationTime(seconds[next++]);
  std::ranges::sort(seconds);
  const double median = seconds[seconds.size() / 2];
  state.counters["median_us"] = median * 1e6;
  state.counters["p90_us"] = seconds[seconds.size() * 9 / 10] * 1e6;
  state.counters["algbw_GB/s"] = static_cast<double>(bytes) / median * 1e-9;
  if (bus_factor > 0) state.counters["busbw_GB/s"] = static_cast<double>(bytes) / median * bus_factor * 1e-9;
}

Tensor zeros(Rank& rank, Stream& stream, std::size_t bytes) {
  const Tensor tensor{*rank.device, DType::f32, {bytes / sizeof(float)}, Use::communication};
  stream.run({.name = "zero", .cost = {}, .body = [tensor] { std::ranges::fill(tensor.values<float>(), 0.0F); }});
  return tensor;
}

Operation prepare_collective(Collective kind, Rank& rank, Stream& stream, std::size_t bytes) {
  Communicator& group = *rank.group;
  const auto ranks = static_cast<std::size_t>(group.size());
  const Tensor all = zeros(rank, stream, bytes);
  const Tensor piece = zeros(rank, stream, bytes / ranks);
  const std::vector<std::size_t> counts(ranks, piece.count());
  switch (kind) {
    case Collective::all_reduce:
      return [&group, &stream, all] { group.all_reduce(stream, all); };
    case Collective::reduce:
      return [&group, &stream, all] { group.reduce(stream, all, 0); };
    case Collective::broadcast:
      return [&group, &stream, all] { group.broadcast(stream, all, 0); };
    case Collective::scatter:
      return [&group, &stream, all, piece, counts] { group.scatter(stream, all, piece, counts, 0); };
    case Collective::gather:
      return [&group, &stream, all, piece, counts] { group.gather(stream, piece, all, counts, 0); };
    case Collective::all_gather:
      return [&group, &stream, all, piece] { group.all_gather(stream, piece, all); };
    case Collective::reduce_scatter:
      return [&group, &stream, all, piece] { group.reduce_scatter(stream, all, piece); };
    case Collective::barrier:
      break;
  }
  return [&group, &stream] { group.barrier(stream); };
}

Operation prepare_copy(Rank& rank, Stream& stream, std::size_t bytes) {
  return [from = zeros(rank, stream, bytes), to = zeros(rank, stream, bytes)] {
    std::memcpy(to.raw().data(), from.raw().data(), from.bytes());
    benchmark::ClobberMemory();
  };
}

Prepare ring_of(int ranks, std::size_t bytes) {
  const bool has_cores = static_cast<std::size_t>(ranks) <= cpu::usable_cores().size();
  const auto ring = std::make_shared<Ring>(ranks, bytes / sizeof(float), has_cores);
  return [ring](Rank& rank, Stream& stream, std::size_t size) -> Operation {
    const Tensor values = zeros(rank, stream, size);
    ring->join(rank.index, values.values<float>().data());
    return [ring, values, index = rank.index] { ring->all_reduce(index); };
  };
}

void add(const std::string& name, int ranks, std::size_t bytes, double bus_factor, const Prepare& prepare) {
  const std::string label = name + "/ranks:" + std::to_string(ranks) + "/bytes:" + std::to_string(bytes);
  benchmark::RegisterBenchmark(label.c_str(),
                               [=](benchmark::State& state) { measure(state, ranks, bytes, bus_factor, prepare); })
      ->UseManualTime()
      ->Iterations(static_cast<benchmark::IterationCount>(repetition_for(bytes).samples));
}

void add_collective(Collective kind, int ranks, std::size_t bytes) {
  add(std::string{name_of(kind)}, ranks, bytes, bus_factor(kind, ranks),
      [kind](Rank& rank, Stream& stream, std::size_t size) { return prepare_collective(kind, rank, stream, size); });
}

void add_all(int ranks) {
  constexpr std::size_t sizes[] = {4 * KiB, 64 * KiB, MiB, 7 * MiB, 64 * MiB, 256 * MiB};
  for (const std::size_t bytes : sizes) {
    // Neighbours in time are compared with each other.
    add_collective(Collective::all_reduce, ranks, bytes);
    add("copy", ranks, bytes, 0, prepare_copy);
    add("ring", ranks, bytes, bus_factor(Collective::all_reduce, ranks), ring_of(ranks, bytes));
    if (bytes > 64 * MiB) continue;
    for (const Collective kind : {Collective::reduce, Collective::broadcast, Collective::scatter, Collective::gather,
                                  Collective::all_gather, Collective::reduce_scatter})
      add_collective(kind, ranks, bytes);
  }
  add("barrier", ranks, sizeof(float), 0, [](Rank& rank, Stream& stream, std::size_t) {
    return prepare_collective(Collective::barrier, rank, stream, sizeof(float));
  });
}

}  // namespace

int main(int argc, char** argv) {
  kernels::use_one_thread_per_caller();
  kernels::use_kernels_for_this_cpu();
  for (const int ranks : {2, 4, 8}) add_all(ranks);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
