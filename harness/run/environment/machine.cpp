#include "harness/run/environment/machine.hpp"

#include <array>
#include <cmath>

#include "harness/base/hash.hpp"
#include "harness/base/units.hpp"

namespace lockstep {
namespace {

// Whoever changes what is hashed changes this too, so that a new rule does not look like a new machine by chance only.
constexpr const char* rule = "lockstep machine 1";

constexpr std::array<const char*, 16> stable_facts{"cpu",          "cpu_vendor", "cpu_family",     "cpu_model",
                                                   "cpu_stepping", "sockets",    "physical_cores", "logical_processors",
                                                   "numa_nodes",   "l1d_bytes",  "l1d_cores",      "l2_bytes",
                                                   "l2_cores",     "l3_bytes",   "l3_cores",       "virtualisation"};

/// What a kernel keeps for itself differs from release to release.
std::string whole_gib(const Json& bytes) {
  if (!bytes.is_number()) return "null";
  return fmt::format("{}", std::lround(bytes.get<double>() / static_cast<double>(GiB)));
}

}  // namespace

std::string machine_id(const Json& hardware) {
  std::string text = rule;
  const auto add = [&](const std::string& value) { text += '\n' + value; };
  for (const char* fact : stable_facts) add(hardware.value(fact, Json{}).dump());
  add(whole_gib(hardware.value("memory_bytes", Json{})));
  for (const Json& gpu : hardware.value("gpus", Json::array())) {
    add(gpu.value("name", ""));
    add(whole_gib(gpu.value("memory_bytes", Json{})));
  }
  return format_hash(hash_text(text));
}

}  // namespace lockstep
