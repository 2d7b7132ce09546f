#include "harness/run/environment/gpus.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/run/environment/plain_value.hpp"
#include "harness/run/in_child.hpp"

namespace lockstep {
namespace {

using nvml::Device;
using nvml::Library;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// The NVLinks of a GPU by where they end.
struct Links {
  std::size_t count = 0;
  std::size_t to_switches = 0;
  std::vector<std::string> ends;  // bus ids of GPUs
  std::optional<unsigned> version;
};

/// A GPU and what its connections to others follow from.
struct Gpu {
  Device device;
  std::optional<std::string> bus_id;
  Links links;
};

Links links_of(const Library& library, Device device) {
  Links links;
  for (unsigned link = 0; link < nvml::max_links; ++link) {
    if (!library.link_is_active(device, link)) continue;
    if (links.count++ == 0) links.version = library.link_version(device, link);
    if (library.link_ends_at_switch(device, link))
      ++links.to_switches;
    else if (const auto end = library.link_end(device, link))
      links.ends.push_back(*end);
  }
  return links;
}

/// Those that the driver gives access to, by index.
std::vector<std::optional<Gpu>> gpus_of(const Library& library) {
  std::vector<std::optional<Gpu>> gpus(library.device_count());
  for (unsigned index = 0; index < gpus.size(); ++index)
    if (const std::optional<Device> device = library.device(index))
      gpus[index] = {.device = *device, .bus_id = library.bus_id(*device), .links = links_of(library, *device)};
  return gpus;
}

/// Those to switches reach every GPU that has some too.
std::size_t links_between(const Gpu& from, const Gpu& to) {
  const std::size_t through_switches = std::min(from.links.to_switches, to.links.to_switches);
  const auto direct = to.bus_id ? std::ranges::count(from.links.ends, *to.bus_id) : 0;
  return through_switches + static_cast<std::size_t>(direct);
}

/// In the words of `nvidia-smi topo -m`; a question mark where the driver does not say.
std::string path_over_pcie(std::optional<int> level) {
  switch (level.value_or(-1)) {
    case nvml::same_board:
    case nvml::single_switch:
      return "PIX";
    case nvml::several_switches:
      return "PXB";
    case nvml::host_bridge:
      return "PHB";
    case nvml::numa_node:
      return "NODE";
    case nvml::system:
      return "SYS";
    default:
      return "?";
  }
}

std::string connection(const Library& library, const std::optional<Gpu>& from, const std::optional<Gpu>& to) {
  if (!from || !to) return "?";
  if (const std::size_t links = links_between(*from, *to); links > 0) return fmt::format("NV{}", links);
  return path_over_pcie(library.common_ancestor(from->device, to->device));
}

/// The row of a GPU in the matrix of all.
std::string connections(const Library& library, const std::vector<std::optional<Gpu>>& gpus, std::size_t from) {
  std::vector<std::string> row;
  for (std::size_t to = 0; to < gpus.size(); ++to)
    row.push_back(from == to ? "X" : connection(library, gpus[from], gpus[to]));
  return fmt::format("{}", fmt::join(row, " "));
}

Json describe(const Library& library, const Gpu& gpu) {
  const Device device = gpu.device;
  return {{"name", library.name(device).value_or("unknown")},
          {"memory_bytes", or_null(library.memory_bytes(device))},
          {"compute_capability", or_null(library.compute_capability(device))},
          {"max_sm_clock_hz", or_null(library.max_clock_hz(device, nvml::clock_sm))},
          {"max_memory_clock_hz", or_null(library.max_clock_hz(device, nvml::clock_memory))},
          {"ecc", or_null(library.ecc(device))},
          {"multi_instance", or_null(library.multi_instance(device))},
          {"power_limit_w", or_null(library.power_limit_w(device))},
          {"persistence_mode", or_null(library.persistence_mode(device))},
          {"pci_bus_id", or_null(gpu.bus_id)},
          {"pcie_generation", or_null(library.pcie_generation(device))},
          {"pcie_width", or_null(library.pcie_width(device))},
          {"nvlinks", gpu.links.count},
          {"nvlink_version", or_null(gpu.links.version)}};
}

void add_clocks(Json& conditions, const Library& library, Device device, std::size_t index) {
  conditions[fmt::format("gpu{}_sm_clock_hz", index)] = or_null(library.clock_hz(device, nvml::clock_sm));
  conditions[fmt::format("gpu{}_memory_clock_hz", index)] = or_null(library.clock_hz(device, nvml::clock_memory));
}

Json no_gpus() { return {{"gpus", Json::array()}, {"software", Json::object()}, {"conditions", Json::object()}}; }

Json load_and_read(const std::string& name) {
  const std::unique_ptr<void, int (*)(void*)> handle{::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL), [](void* library) {
                                                       return library == nullptr ? 0 : ::dlclose(library);
                                                     }};
  if (!handle) return no_gpus();
  const auto library = Library::open([&handle](const char* function) { return ::dlsym(handle.get(), function); });
  return library ? read_gpus(*library) : no_gpus();
}

}  // namespace

Json read_gpus(const nvml::Library& library) {
  const std::vector<std::optional<Gpu>> gpus = gpus_of(library);
  Json found = no_gpus();
  found["software"] = {{"nvidia_driver", or_null(library.driver_version())},
                       {"cuda_driver", or_null(library.cuda_version())}};
  for (std::size_t index = 0; index < gpus.size(); ++index) {
    Json gpu{{"index", index}, {"name", "unknown"}};
    if (gpus[index]) {
      gpu.update(describe(library, *gpus[index]));
      add_clocks(found["conditions"], library, gpus[index]->device, index);
    }
    gpu["connections"] = connections(library, gpus, index);
    found["gpus"].push_back(std::move(gpu));
  }
  return found;
}

Json inquire_gpus(const std::string& library, Seconds patience) {
  try {
    return in_child("asking for GPUs", patience, [&] { return load_and_read(library); });
  } catch (const Error& error) {
    Json none = no_gpus();
    none["software"]["gpu_error"] = plain_value(error.what());
    return none;
  }
}

}  // namespace lockstep
