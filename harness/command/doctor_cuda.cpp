#include "harness/command/doctor_cuda.hpp"

#include <fmt/ranges.h>

#include "harness/base/text.hpp"
#include "harness/base/units.hpp"

namespace lockstep {
namespace {

std::string version(std::string_view library, const std::string& version) {
  return version.empty() ? fmt::format("no {}", library) : fmt::format("{} {}", library, version);
}

std::string reached_by(const cuda::Gpu& gpu, std::size_t index) {
  std::vector<std::size_t> others;
  for (std::size_t other = 0; other < gpu.reaches.size(); ++other)
    if (other != index && gpu.reaches[other]) others.push_back(other);
  return others.empty() ? "reaches no other GPU's memory" : fmt::format("reaches {}", fmt::join(others, ", "));
}

std::string describe(const cuda::Gpu& gpu, std::size_t index) {
  return fmt::format("{}: {}, {}, sm_{}, {} multiprocessors, bus {}, {}", index, without_controls(gpu.name),
                     format_bytes(gpu.memory), gpu.compute_capability, gpu.multiprocessors,
                     without_controls(gpu.bus_id), reached_by(gpu, index));
}

bool is_usable(const cuda::Facts& facts) { return facts.is_built && facts.unusable.empty() && !facts.gpus.empty(); }

}  // namespace

std::vector<std::string> cuda_in_words(const cuda::Facts& facts) {
  if (!facts.is_built) return {"not in this build: nvcc and NCCL were not there when it was configured"};
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}, {}, {}, {}", version("runtime", facts.runtime),
                              facts.driver.empty() ? "no driver" : "driver for CUDA up to " + facts.driver,
                              version("cuBLAS", facts.cublas), version("NCCL", facts.nccl)));
  if (facts.is_emulated) lines.emplace_back("EMULATED: a double of the CUDA runtime is loaded; no GPU computes");
  if (!facts.unusable.empty()) lines.push_back("unusable: " + without_controls(facts.unusable));
  for (std::size_t gpu = 0; gpu < facts.gpus.size(); ++gpu) lines.push_back(describe(facts.gpus[gpu], gpu));
  return lines;
}

std::vector<std::string> cuda_tiers(const cuda::Facts& facts) {
  if (!is_usable(facts)) return {"cuda-nccl, cuda-local: not here; see the line cuda"};
  const std::size_t count = facts.gpus.size();
  std::vector<std::string> lines;
  if (facts.is_emulated) lines.emplace_back("emulated: instead of the following; no time is recorded");
  lines.push_back(facts.nccl.empty()
                      ? "cuda-nccl: not here, there is no NCCL"
                      : fmt::format("cuda-nccl: up to {} device{}, a GPU each, with NCCL{}", count,
                                    count == 1 ? "" : "s", facts.is_emulated ? "" : "; timing is measured"));
  lines.push_back(
      fmt::format("cuda-local: up to 64 devices by run.device_map (more than {} must share), with our own collectives; "
                  "no times",
                  count));
  return lines;
}

}  // namespace lockstep
