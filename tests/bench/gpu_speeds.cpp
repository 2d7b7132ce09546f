// What GPU 0 can do at most and what our own collectives make of it, as one JSON object on stdout; for
// scripts/gpu-check.
//
// peak: floating-point operations per second, from its cores and its highest clock; null where the cores are not known.
// all_reduce: ranks that share the GPU, by ranks and bytes. `seconds` of one all-reduce and `copy_seconds` of one copy
// on the GPU of ranks × bytes, which reads and writes as much as the all-reduce has to; one number for each of several
// blocks, measured in turn.
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>
#include <vector>

#include "harness/base/units.hpp"
#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "harness/ops/memory.hpp"

namespace {

using namespace lockstep;

/// A GPU that is played by the tests' double shows that this program works, and no speed.
struct Effort {
  std::vector<int> ranks{2, 4, 8};
  std::vector<std::size_t> bytes{64 * KiB, MiB, 7 * MiB, 64 * MiB};
  int blocks = 15;
  std::size_t block_bytes = 256 * MiB;  // all-reduced in a block
};

Effort effort() {
  if (cuda::is_emulated()) return {.ranks = {2}, .bytes = {4 * KiB}, .blocks = 2, .block_bytes = 4 * KiB};
  return {};
}

/// Fused multiply-adds that a multiprocessor starts each clock, by compute capability.
struct Multiprocessor {
  int compute_capability;
  int fp32;
  int tf32;  // dense products
};
constexpr Multiprocessor multiprocessors[] = {{80, 64, 512}, {86, 128, 128}, {89, 128, 128}, {90, 128, 1024}};

struct Peak {
  std::optional<double> fp32;
  std::optional<double> tf32;
};

Peak peak_of(const cuda::Gpu& gpu) {
  int kilohertz = 0;
  if (cuda::is_emulated() || cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, 0) != cudaSuccess) return {};
  const auto* const known =
      std::ranges::find(multiprocessors, gpu.compute_capability, &Multiprocessor::compute_capability);
  if (known == std::end(multiprocessors)) return {};
  const double clocks = 2e3 * kilohertz * gpu.multiprocessors;
  return {.fp32 = clocks * known->fp32, .tf32 = clocks * known->tf32};
}

struct AllReduceTimes {
  int ranks;
  std::size_t bytes;
  std::vector<double> seconds;
  std::vector<double> copy_seconds;
};

/// Time on the GPU of one operation, in a block that is long beside the launch of a kernel.
double time_block(Stream& stream, std::size_t operations, const std::function<void()>& queue) {
  const Event begin = stream.record();
  for (std::size_t i = 0; i < operations; ++i) queue();
  const Event end = stream.record();
  return Seconds{end - begin}.count() / static_cast<double>(operations);
}

/// The operands: this rank's of the all-reduce, and on rank 0 those of the copy.
struct Operands {
  Tensor values, from, to;
};

Operands operands_of(Rank& rank, Stream& stream, int ranks, std::size_t bytes) {
  const auto zeros = [&](std::size_t size) {
    const Tensor tensor{*rank.device, DType::f32, {size / sizeof(float)}, Use::communication};
    ops::zero(stream, tensor);
    return tensor;
  };
  const std::size_t copied = rank.index == 0 ? bytes * static_cast<std::size_t>(ranks) : 0;
  return {.values = zeros(bytes), .from = zeros(copied), .to = zeros(copied)};
}

void measure(Rank& rank, int blocks, std::size_t operations, AllReduceTimes& times) {
  const auto stream = rank.device->make_compute_stream();
  const Operands operands = operands_of(rank, *stream, times.ranks, times.bytes);
  const auto all_reduce = [&] { rank.group->all_reduce(*stream, operands.values); };
  const auto copy = [&] { ops::copy(*stream, operands.from, operands.to); };
  for (int block = -1; block < blocks; ++block) {  // the first one warms up
    rank.group->barrier(*stream);
    const double seconds = time_block(*stream, operations, all_reduce);
    rank.group->barrier(*stream);
    if (rank.index == 0) {
      const double copy_seconds = time_block(*stream, operations, copy);
      if (block >= 0) {
        times.seconds.push_back(seconds);
        times.copy_seconds.push_back(copy_seconds);
      }
    }
  }
  rank.group->barrier(*stream);
  stream->synchronize();
}

AllReduceTimes measure_all_reduce(const Effort& effort, int ranks, std::size_t bytes) {
  AllReduceTimes times{.ranks = ranks, .bytes = bytes, .seconds = {}, .copy_seconds = {}};
  World world = cuda::open_world({.ranks = ranks,
                                  .device_map = std::vector<int>(static_cast<std::size_t>(ranks), 0),
                                  .collectives = cuda::Collectives::local,
                                  .deadline = Seconds{30}});
  const std::size_t operations = std::clamp<std::size_t>(effort.block_bytes / bytes, 1, 64);
  on_every_rank(world, [&](Rank& rank) { measure(rank, effort.blocks, operations, times); });
  return times;
}

std::string json_number(std::optional<double> value) { return value ? fmt::format("{}", *value) : "null"; }

std::string to_json(const AllReduceTimes& times) {
  return fmt::format(R"({{"ranks": {}, "bytes": {}, "seconds": [{}], "copy_seconds": [{}]}})", times.ranks, times.bytes,
                     fmt::join(times.seconds, ", "), fmt::join(times.copy_seconds, ", "));
}

int print_speeds() {
  const cuda::Facts facts = cuda::facts();
  if (!facts.unusable.empty()) throw EnvironmentError{facts.unusable};
  const cuda::Gpu& gpu = facts.gpus.at(0);
  const Peak peak = peak_of(gpu);
  std::vector<std::string> rows;
  const Effort chosen = effort();
  for (const int ranks : chosen.ranks)
    for (const std::size_t bytes : chosen.bytes)
      if (4 * static_cast<std::size_t>(ranks) * bytes < gpu.memory)
        rows.push_back(to_json(measure_all_reduce(chosen, ranks, bytes)));
  fmt::print(R"({{"gpus": {}, "is_emulated": {}, "multiprocessors": {}, "compute_capability": {}, "memory": {},
 "peak": {{"fp32": {}, "tf32": {}}},
 "all_reduce": [
  {}
 ]}}
)",
             facts.gpus.size(), facts.is_emulated, gpu.multiprocessors, gpu.compute_capability, gpu.memory,
             json_number(peak.fp32), json_number(peak.tf32), fmt::join(rows, ",\n  "));
  return 0;
}

}  // namespace

int main() {
  try {
    return print_speeds();
  } catch (const Error& error) {
    fmt::print(stderr, "gpu_speeds: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
