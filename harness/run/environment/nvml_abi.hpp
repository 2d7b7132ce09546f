// The part of NVIDIA's management library that we call, as its public header nvml.h (CUDA Toolkit; NVML API Reference)
// has it: the names there in the comments. Declared here, so that a build needs nothing of CUDA and a program that
// finds the library uses it.
#pragma once

#include <cstddef>

namespace lockstep::nvml {

using Return = int;                        // nvmlReturn_t
inline constexpr Return success = 0;       // NVML_SUCCESS
using Device = struct DeviceHandle*;       // nvmlDevice_t
using EnableState = int;                   // nvmlEnableState_t
inline constexpr EnableState enabled = 1;  // NVML_FEATURE_ENABLED

enum ClockType : int { clock_sm = 1, clock_memory = 2 };  // nvmlClockType_t

// nvmlGpuTopologyLevel_t: what a path between two GPUs goes through.
enum TopologyLevel : int {
  same_board = 0,         // NVML_TOPOLOGY_INTERNAL
  single_switch = 10,     // NVML_TOPOLOGY_SINGLE: one PCIe switch
  several_switches = 20,  // NVML_TOPOLOGY_MULTIPLE
  host_bridge = 30,       // NVML_TOPOLOGY_HOSTBRIDGE
  numa_node = 40,         // NVML_TOPOLOGY_NODE
  system = 50,            // NVML_TOPOLOGY_SYSTEM: the connection between sockets
};

inline constexpr int remote_is_switch = 2;  // NVML_NVLINK_DEVICE_TYPE_SWITCH of nvmlIntNvLinkDeviceType_t
inline constexpr unsigned max_links = 18;   // NVML_NVLINK_MAX_LINKS

inline constexpr std::size_t name_size = 96;     // NVML_DEVICE_NAME_V2_BUFFER_SIZE
inline constexpr std::size_t version_size = 80;  // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE

struct Memory {  // nvmlMemory_t, bytes
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

struct PciInfo {  // nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3
  char bus_id_legacy[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  char bus_id[32];  // domain:bus:device.function
};

}  // namespace lockstep::nvml
