#include "harness/run/environment/processor.hpp"

#include <hwloc.h>

#include <array>
#include <memory>
#include <set>
#include <type_traits>

#include "harness/base/error.hpp"
#include "harness/run/environment/instructions.hpp"
#include "harness/run/environment/plain_value.hpp"
#include "harness/run/environment/system_files.hpp"

namespace lockstep {
namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

using Topology = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, decltype(&hwloc_topology_destroy)>;

/// The whole machine, not what a container or taskset leaves of it.
Topology whole_machine() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) throw EnvironmentError{"hwloc cannot describe this machine"};
  Topology topology{raw, &hwloc_topology_destroy};
  hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  if (hwloc_topology_load(raw) != 0) throw EnvironmentError{"hwloc cannot describe this machine"};
  return topology;
}

Json count_of(const Topology& topology, hwloc_obj_type_t type) {
  const int count = hwloc_get_nbobjs_by_type(topology.get(), type);
  return count > 0 ? Json(count) : Json(nullptr);
}

/// Adds the size of the first cache of a level and the number of cores that share it; null where there is none.
void add_cache(Json& facts, const Topology& topology, const std::string& name, hwloc_obj_type_t level) {
  const hwloc_obj_t cache = hwloc_get_obj_by_type(topology.get(), level, 0);
  if (cache == nullptr) {
    facts[name + "_bytes"] = nullptr;
    facts[name + "_cores"] = nullptr;
    return;
  }
  facts[name + "_bytes"] = cache->attr->cache.size;
  facts[name + "_cores"] = hwloc_get_nbobjs_inside_cpuset_by_type(topology.get(), cache->cpuset, HWLOC_OBJ_CORE);
}

/// The model where /proc/cpuinfo has no name for it, as on ARM.
std::string numbered_model(const std::filesystem::path& cpuinfo) {
  const auto implementer = value_in(cpuinfo, "CPU implementer", ':');
  const auto part = value_in(cpuinfo, "CPU part", ':');
  return implementer && part ? fmt::format("implementer {}, part {}", *implementer, *part) : "unknown";
}

/// The governors of all clock domains; more than one only where somebody has set them apart.
Json governors(const std::filesystem::path& cpufreq) {
  std::set<std::string> found;
  std::error_code ignored;
  for (const auto& policy : std::filesystem::directory_iterator{cpufreq, ignored})
    if (const auto governor = first_line(policy.path() / "scaling_governor")) found.insert(*governor);
  if (found.empty()) return nullptr;
  return fmt::format("{}", fmt::join(found, ", "));
}

Json boost(const std::filesystem::path& cpu) {
  if (const auto allowed = number_in(cpu / "cpufreq/boost")) return *allowed != 0;
  if (const auto forbidden = number_in(cpu / "intel_pstate/no_turbo")) return *forbidden == 0;
  return nullptr;
}

}  // namespace

Json describe_model(const std::filesystem::path& root) {
  const std::filesystem::path cpuinfo = root / "proc/cpuinfo";
  return {{"cpu", value_in(cpuinfo, "model name", ':').value_or(numbered_model(cpuinfo))},
          {"cpu_vendor", or_null(value_in(cpuinfo, "vendor_id", ':'))},
          {"cpu_family", or_null(value_in(cpuinfo, "cpu family", ':'))},
          {"cpu_model", or_null(value_in(cpuinfo, "model", ':'))},
          {"cpu_stepping", or_null(value_in(cpuinfo, "stepping", ':'))},
          {"cpu_microcode", or_null(value_in(cpuinfo, "microcode", ':'))}};
}

Json describe_topology() {
  const Topology topology = whole_machine();
  const int cores = hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_CORE);
  const int processors = hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_PU);
  Json facts{{"sockets", count_of(topology, HWLOC_OBJ_PACKAGE)},
             {"physical_cores", count_of(topology, HWLOC_OBJ_CORE)},
             {"logical_processors", count_of(topology, HWLOC_OBJ_PU)},
             {"smt", cores > 0 ? Json(processors > cores) : Json(nullptr)},
             {"numa_nodes", count_of(topology, HWLOC_OBJ_NUMANODE)}};
  add_cache(facts, topology, "l1d", HWLOC_OBJ_L1CACHE);
  add_cache(facts, topology, "l2", HWLOC_OBJ_L2CACHE);
  add_cache(facts, topology, "l3", HWLOC_OBJ_L3CACHE);
  return facts;
}

Json describe_clock_settings(const std::filesystem::path& root) {
  const std::filesystem::path cpu = root / "sys/devices/system/cpu";
  const auto max_khz = number_in(cpu / "cpu0/cpufreq/cpuinfo_max_freq");
  return {{"cpu_max_clock_hz", max_khz ? Json(*max_khz * 1000) : Json(nullptr)},
          {"governor", governors(cpu / "cpufreq")},
          {"boost", boost(cpu)}};
}

std::string hypervisor_name(const std::string& signature) {
  using Name = std::pair<std::string_view, std::string_view>;
  // As in systemd's detect-virt and the hypervisors' own documents. KVM's is filled up with zeros, which end the text.
  static constexpr std::array<Name, 9> names{{{"KVMKVMKVM", "KVM"},
                                              {"Linux KVM Hv", "KVM"},  // with the interface of Hyper-V
                                              {"TCGTCGTCGTCG", "QEMU"},
                                              {"Microsoft Hv", "Hyper-V"},
                                              {"VMwareVMware", "VMware"},
                                              {"XenVMMXenVMM", "Xen"},
                                              {"VBoxVBoxVBox", "VirtualBox"},
                                              {"bhyve bhyve ", "bhyve"},
                                              {"ACRNACRNACRN", "ACRN"}}};
  for (const auto& [known, name] : names)
    if (signature == known) return std::string{name};
  const std::string plain = plain_value(signature);
  return plain.empty() ? "unknown" : plain;
}

Json describe_virtualisation() {
  const std::optional<std::string> signature = hypervisor_signature();
  if (!signature) return nullptr;
  return *signature == "" ? "none" : hypervisor_name(*signature);
}

}  // namespace lockstep
