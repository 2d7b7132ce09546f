#include "harness/run/environment/system_description.hpp"

#include <set>

#include "harness/base/error.hpp"
#include "harness/run/environment/readable.hpp"

namespace lockstep {
namespace {

constexpr const char* not_applicable = "N/A";

/// `value`, or an empty text for what is not known.
Json or_empty(const Json& value) { return value.is_null() ? Json("") : value; }

/// MLPerf counts the cores of one processor.
Json cores_per_processor(const Json& hardware) {
  const Json cores = hardware.value("physical_cores", Json{});
  const Json sockets = hardware.value("sockets", Json{});
  if (!cores.is_number() || !sockets.is_number() || sockets.get<int>() < 1) return or_empty(cores);
  return cores.get<int>() / sockets.get<int>();
}

/// What all GPUs say, or the different answers side by side.
template <typename Text>
std::string of_all(const Json& gpus, Text text) {
  std::set<std::string> answers;
  for (const Json& gpu : gpus) answers.insert(text(gpu));
  return listed({answers.begin(), answers.end()});
}

std::string host_interconnect(const Json& gpu) {
  const Json generation = gpu.value("pcie_generation", Json{});
  const Json width = gpu.value("pcie_width", Json{});
  if (!generation.is_number() || !width.is_number()) return "";
  return fmt::format("PCIe Gen{} x{}", generation.get<int>(), width.get<int>());
}

std::string interconnect(const Json& gpu) {
  const Json links = gpu.value("nvlinks", Json{});
  if (!links.is_number() || links.get<int>() == 0) return "PCIe";
  const Json version = gpu.value("nvlink_version", Json{});
  const std::string name = version.is_number() ? fmt::format("NVLink {}", version.get<int>()) : "NVLink";
  return fmt::format("{}, {} links per GPU", name, links.get<int>());
}

/// The matrix of `nvidia-smi topo -m`, row by row.
std::string topology(const Json& gpus) {
  std::string rows;
  for (const Json& gpu : gpus) rows += (rows.empty() ? "" : "; ") + gpu.value("connections", "");
  return rows;
}

std::string processor_name(const Json& hardware) { return hardware.value("cpu", "unknown"); }

/// Of the host's processors, memory and disks.
Json describe_host(const Json& hardware) {
  return {{"host_processors_per_node", or_empty(hardware.value("sockets", Json{}))},
          {"host_processor_model_name", processor_name(hardware)},
          {"host_processor_core_count", cores_per_processor(hardware)},
          {"host_processor_vcpu_count", or_empty(hardware.value("logical_processors", Json{}))},
          {"host_processor_frequency", clock_text(hardware.value("cpu_max_clock_hz", Json{}))},
          {"host_processor_caches", caches_text(hardware)},
          {"host_processor_interconnect", ""},
          {"host_memory_capacity", bytes_text(hardware.value("memory_bytes", Json{}))},
          {"host_memory_configuration", ""},
          {"host_storage_type", ""},
          {"host_storage_capacity", ""},
          {"host_networking", ""},
          {"host_networking_topology", ""},
          {"host_network_card_count", ""}};
}

Json describe_accelerators(const Json& gpus) {
  const auto of_gpus = [&](auto text) { return gpus.empty() ? std::string{not_applicable} : of_all(gpus, text); };
  const auto among_gpus = [&](const std::string& text) { return gpus.size() < 2 ? not_applicable : text; };
  return {{"accelerators_per_node", gpus.size()},
          {"accelerator_model_name", of_gpus([](const Json& gpu) { return gpu.value("name", "unknown"); })},
          {"accelerator_frequency",
           of_gpus([](const Json& gpu) { return clock_text(gpu.value("max_sm_clock_hz", Json{})); })},
          {"accelerator_memory_capacity",
           of_gpus([](const Json& gpu) { return bytes_text(gpu.value("memory_bytes", Json{})); })},
          {"accelerator_memory_configuration", gpus.empty() ? not_applicable : ""},
          {"accelerator_on-chip_memories", gpus.empty() ? not_applicable : ""},
          {"accelerator_host_interconnect", of_gpus(host_interconnect)},
          {"accelerator_interconnect", among_gpus(of_all(gpus, interconnect))},
          {"accelerator_interconnect_topology", among_gpus(topology(gpus))}};
}

std::string other_software(const Json& tool, const Json& software) {
  const auto named = [&](const char* name, const char* key) {
    const Json value = software.value(key, Json{});
    return value.is_string() ? fmt::format("{} {}", name, value.get<std::string>()) : std::string{};
  };
  return listed({tool.value("compiler", ""), named("OpenBLAS", "openblas"), named("NVIDIA driver", "nvidia_driver"),
                 named("CUDA driver", "cuda_driver"), software.value("kernel", "")});
}

}  // namespace

Json mlperf_system_description(const Json& tool, const Json& environment) {
  const Json& hardware = environment["hardware"];
  const Json& software = environment["software"];
  Json description{{"submitter", ""},   {"division", ""},           {"status", ""},        {"system_name", ""},
                   {"system_type", ""}, {"system_type_detail", ""}, {"number_of_nodes", 1}};
  description.update(describe_host(hardware));
  description.update(describe_accelerators(hardware["gpus"]));
  description.update({{"cooling", ""},
                      {"hw_notes", ""},
                      {"framework", fmt::format("Lockstep {}", tool.value("version", ""))},
                      {"operating_system", software.value("os", "")},
                      {"other_software_stack", other_software(tool, software)},
                      {"sw_notes", ""}});
  return description;
}

}  // namespace lockstep
