#include "harness/run/environment/nvml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "harness/run/environment/plain_value.hpp"

namespace lockstep::nvml {
namespace {

constexpr std::uint64_t hz_per_mhz = 1'000'000;

/// The text in a buffer that a driver has filled, perhaps to its last byte.
template <std::size_t size>
std::optional<std::string> text_in(const char (&buffer)[size]) {
  const std::string_view all{buffer, size};
  std::string text = plain_value(std::string{all.substr(0, all.find('\0'))});
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

}  // namespace

std::unique_ptr<Library> Library::open(Lookup lookup) {
  std::unique_ptr<Library> library{new Library{std::move(lookup)}};
  if (library->call<>("nvmlInit_v2")) return library;
  library->lookup_ = [](const char*) -> void* { return nullptr; };  // nothing to shut down
  return nullptr;
}

Library::~Library() { (void)call<>("nvmlShutdown"); }

std::optional<std::string> Library::driver_version() const {
  char version[version_size]{};
  if (!call<char*, unsigned>("nvmlSystemGetDriverVersion", version, version_size)) return std::nullopt;
  return text_in(version);
}

std::optional<std::string> Library::cuda_version() const {
  int version = 0;  // 1000 · major + 10 · minor
  if (!call<int*>("nvmlSystemGetCudaDriverVersion_v2", &version)) return std::nullopt;
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

unsigned Library::device_count() const {
  static constexpr unsigned most = 64;  // a wrong number must not cost hours
  unsigned count = 0;
  return call<unsigned*>("nvmlDeviceGetCount_v2", &count) ? std::min(count, most) : 0;
}

std::optional<Device> Library::device(unsigned index) const {
  Device device = nullptr;
  if (!call<unsigned, Device*>("nvmlDeviceGetHandleByIndex_v2", index, &device)) return std::nullopt;
  return device;
}

std::optional<std::string> Library::name(Device device) const {
  char name[name_size]{};
  if (!call<Device, char*, unsigned>("nvmlDeviceGetName", device, name, name_size)) return std::nullopt;
  return text_in(name);
}

std::optional<std::string> Library::bus_id(Device device) const {
  PciInfo info{};
  if (!call<Device, PciInfo*>("nvmlDeviceGetPciInfo_v3", device, &info)) return std::nullopt;
  return text_in(info.bus_id);
}

std::optional<std::string> Library::compute_capability(Device device) const {
  int major = 0;
  int minor = 0;
  if (!call<Device, int*, int*>("nvmlDeviceGetCudaComputeCapability", device, &major, &minor)) return std::nullopt;
  return fmt::format("{}.{}", major, minor);
}

std::optional<std::uint64_t> Library::memory_bytes(Device device) const {
  Memory memory{};
  if (!call<Device, Memory*>("nvmlDeviceGetMemoryInfo", device, &memory)) return std::nullopt;
  return memory.total;
}

std::optional<std::uint64_t> Library::clock_hz(Device device, ClockType clock) const {
  unsigned mhz = 0;
  if (!call<Device, int, unsigned*>("nvmlDeviceGetClockInfo", device, clock, &mhz)) return std::nullopt;
  return mhz * hz_per_mhz;
}

std::optional<std::uint64_t> Library::max_clock_hz(Device device, ClockType clock) const {
  unsigned mhz = 0;
  if (!call<Device, int, unsigned*>("nvmlDeviceGetMaxClockInfo", device, clock, &mhz)) return std::nullopt;
  return mhz * hz_per_mhz;
}

std::optional<double> Library::power_limit_w(Device device) const {
  unsigned milliwatts = 0;
  if (!call<Device, unsigned*>("nvmlDeviceGetPowerManagementLimit", device, &milliwatts)) return std::nullopt;
  return milliwatts / 1000.0;
}

std::optional<bool> Library::ecc(Device device) const {
  EnableState now = 0;
  EnableState after_reboot = 0;
  if (!call<Device, EnableState*, EnableState*>("nvmlDeviceGetEccMode", device, &now, &after_reboot))
    return std::nullopt;
  return now == enabled;
}

std::optional<bool> Library::persistence_mode(Device device) const {
  EnableState mode = 0;
  if (!call<Device, EnableState*>("nvmlDeviceGetPersistenceMode", device, &mode)) return std::nullopt;
  return mode == enabled;
}

std::optional<bool> Library::multi_instance(Device device) const {
  unsigned now = 0;
  unsigned after_reset = 0;
  if (!call<Device, unsigned*, unsigned*>("nvmlDeviceGetMigMode", device, &now, &after_reset)) return std::nullopt;
  return now == 1;
}

std::optional<unsigned> Library::pcie_generation(Device device) const {
  unsigned generation = 0;
  if (!call<Device, unsigned*>("nvmlDeviceGetMaxPcieLinkGeneration", device, &generation)) return std::nullopt;
  return generation;
}

std::optional<unsigned> Library::pcie_width(Device device) const {
  unsigned lanes = 0;
  if (!call<Device, unsigned*>("nvmlDeviceGetMaxPcieLinkWidth", device, &lanes)) return std::nullopt;
  return lanes;
}

bool Library::link_is_active(Device device, unsigned link) const {
  EnableState state = 0;
  return call<Device, unsigned, EnableState*>("nvmlDeviceGetNvLinkState", device, link, &state) && state == enabled;
}

std::optional<unsigned> Library::link_version(Device device, unsigned link) const {
  unsigned version = 0;
  if (!call<Device, unsigned, unsigned*>("nvmlDeviceGetNvLinkVersion", device, link, &version)) return std::nullopt;
  return version;
}

bool Library::link_ends_at_switch(Device device, unsigned link) const {
  int type = 0;
  return call<Device, unsigned, int*>("nvmlDeviceGetNvLinkRemoteDeviceType", device, link, &type) &&
         type == remote_is_switch;
}

std::optional<std::string> Library::link_end(Device device, unsigned link) const {
  PciInfo info{};
  if (!call<Device, unsigned, PciInfo*>("nvmlDeviceGetNvLinkRemotePciInfo_v2", device, link, &info))
    return std::nullopt;
  return text_in(info.bus_id);
}

std::optional<int> Library::common_ancestor(Device a, Device b) const {
  int level = 0;
  if (!call<Device, Device, int*>("nvmlDeviceGetTopologyCommonAncestor", a, b, &level)) return std::nullopt;
  return level;
}

}  // namespace lockstep::nvml
