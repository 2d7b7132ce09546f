// The processor and the memory, as the system describes them.
#pragma once

#include <filesystem>

#include "harness/run/result_json.hpp"

namespace lockstep {

/// Model, vendor, family, model number, stepping and microcode of the first processor; null where the system does not
/// say. `root` holds the files of the system, here and below.
Json describe_model(const std::filesystem::path& root = "/");

/// Sockets, physical cores, logical processors, SMT, NUMA nodes, and of each level of data cache the size of one and
/// how many cores share it. Of the whole machine, also where this process may use a part of it only.
Json describe_topology();

/// What the clock may do: the highest, the governor, and whether it may be boosted; null where the system does not say,
/// which in a virtual machine is the rule.
Json describe_clock_settings(const std::filesystem::path& root = "/");

/// "none", the hypervisor's name ("KVM", "Hyper-V", …), or null where it cannot be asked.
Json describe_virtualisation();

/// The name that people know a hypervisor by; the signature itself for one that is not known.
std::string hypervisor_name(const std::string& signature);

}  // namespace lockstep
