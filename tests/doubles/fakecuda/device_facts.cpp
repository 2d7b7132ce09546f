#include "tests/doubles/fakecuda/device_facts.hpp"

#include <cstdio>
#include <cstring>

namespace fakecuda {
namespace {

constexpr int clock_khz = 1'000'000;
constexpr int memory_clock_khz = 1'000'000;
constexpr int bus_bits = 512;
constexpr int l2_bytes = 4 << 20;

}  // namespace

cudaDeviceProp properties_of(int device, std::size_t memory) {
  cudaDeviceProp is = {};
  std::snprintf(is.name, sizeof is.name, "Fake GPU");
  std::snprintf(is.uuid.bytes, sizeof is.uuid.bytes, "fake-%d", device);
  is.totalGlobalMem = memory;
  is.sharedMemPerBlock = shared_bytes_per_block;
  is.sharedMemPerBlockOptin = shared_bytes_per_block_at_most;
  is.sharedMemPerMultiprocessor = shared_bytes_per_block_at_most + 1024;
  is.regsPerBlock = 65536;
  is.regsPerMultiprocessor = 65536;
  is.warpSize = 32;
  is.maxThreadsPerBlock = threads_per_block_at_most;
  is.maxThreadsPerMultiProcessor = 2048;
  is.maxThreadsDim[0] = is.maxThreadsDim[1] = 1024;
  is.maxThreadsDim[2] = 64;
  is.maxGridSize[0] = 0x7FFFFFFF;
  is.maxGridSize[1] = is.maxGridSize[2] = 65535;
  is.major = 9;
  is.minor = 0;
  is.multiProcessorCount = multiprocessors;
  is.pciBusID = device + 1;
  is.l2CacheSize = l2_bytes;
  is.memoryBusWidth = bus_bits;
  is.unifiedAddressing = 1;
  is.concurrentKernels = 1;
  is.asyncEngineCount = 2;
  is.ECCEnabled = 0;
  is.memoryPoolsSupported = 1;
  is.streamPrioritiesSupported = 1;
  return is;
}

bool attribute_of(int device, cudaDeviceAttr attribute, int& value) {
  const cudaDeviceProp is = properties_of(device, 0);
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      value = is.maxThreadsPerBlock;
      return true;
    case cudaDevAttrWarpSize:
      value = is.warpSize;
      return true;
    case cudaDevAttrMultiProcessorCount:
      value = is.multiProcessorCount;
      return true;
    case cudaDevAttrComputeCapabilityMajor:
      value = is.major;
      return true;
    case cudaDevAttrComputeCapabilityMinor:
      value = is.minor;
      return true;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      value = is.maxThreadsPerMultiProcessor;
      return true;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      value = static_cast<int>(is.sharedMemPerBlock);
      return true;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      value = static_cast<int>(is.sharedMemPerBlockOptin);
      return true;
    case cudaDevAttrClockRate:
      value = clock_khz;
      return true;
    case cudaDevAttrMemoryClockRate:
      value = memory_clock_khz;
      return true;
    case cudaDevAttrGlobalMemoryBusWidth:
      value = is.memoryBusWidth;
      return true;
    case cudaDevAttrL2CacheSize:
      value = is.l2CacheSize;
      return true;
    case cudaDevAttrEccEnabled:
      value = is.ECCEnabled;
      return true;
    case cudaDevAttrMemoryPoolsSupported:
      value = is.memoryPoolsSupported;
      return true;
    case cudaDevAttrUnifiedAddressing:
      value = is.unifiedAddressing;
      return true;
    case cudaDevAttrAsyncEngineCount:
      value = is.asyncEngineCount;
      return true;
    case cudaDevAttrPciBusId:
      value = is.pciBusID;
      return true;
    case cudaDevAttrPciDeviceId:
      value = is.pciDeviceID;
      return true;
    case cudaDevAttrPciDomainId:
      value = is.pciDomainID;
      return true;
    case cudaDevAttrIntegrated:
      value = 0;
      return true;
    default:
      return false;
  }
}

}  // namespace fakecuda
