#include "harness/device/cuda/cuda_facts.hpp"

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nccl.h>

#include <array>

namespace lockstep::cuda {
namespace {

/// 13000 → "13.0", 13020 → "13.2"; empty for 0.
std::string cuda_version(int encoded) {
  return encoded > 0 ? fmt::format("{}.{}", encoded / 1000, encoded % 1000 / 10) : "";
}

std::string runtime_version() {
  int version = 0;
  return cudaRuntimeGetVersion(&version) == cudaSuccess ? cuda_version(version) : "";
}

std::string driver_version() {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? cuda_version(version) : "";
}

/// The library answers without a GPU.
std::string cublas_version() {
  std::array<int, 3> parts{};
  for (const auto property : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL})
    if (cublasGetProperty(property, &parts.at(static_cast<std::size_t>(property))) != CUBLAS_STATUS_SUCCESS) return "";
  return fmt::format("{}.{}.{}", parts[0], parts[1], parts[2]);
}

std::string nccl_version() {
  int version = 0;
  if (ncclGetVersion(&version) != ncclSuccess || version == 0) return "";
  return fmt::format("{}.{}.{}", version / 10000, version % 10000 / 100, version % 100);
}

std::vector<bool> reached_from(int gpu, int count) {
  std::vector<bool> reaches;
  for (int other = 0; other < count; ++other) {
    int can = 0;
    reaches.push_back(gpu == other || (cudaDeviceCanAccessPeer(&can, gpu, other) == cudaSuccess && can != 0));
  }
  return reaches;
}

Gpu describe(int index, int count) {
  Gpu gpu;
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) return gpu;
  gpu.name = properties.name;
  gpu.multiprocessors = properties.multiProcessorCount;
  gpu.compute_capability = 10 * properties.major + properties.minor;
  gpu.memory = properties.totalGlobalMem;
  std::array<char, 32> bus_id{};
  if (cudaDeviceGetPCIBusId(bus_id.data(), static_cast<int>(bus_id.size()), index) == cudaSuccess)
    gpu.bus_id = bus_id.data();
  gpu.reaches = reached_from(index, count);
  return gpu;
}

}  // namespace

Facts facts() {
  Facts facts;
  facts.is_built = true;
  facts.is_emulated = is_emulated();
  facts.runtime = runtime_version();
  facts.driver = driver_version();
  facts.cublas = cublas_version();
  facts.nccl = nccl_version();
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess)
    facts.unusable = fmt::format("{} ({})", cudaGetErrorString(status), cudaGetErrorName(status));
  else if (count == 0)
    facts.unusable = "no GPU is visible";
  else
    for (int index = 0; index < count; ++index) facts.gpus.push_back(describe(index, count));
  return facts;
}

}  // namespace lockstep::cuda
