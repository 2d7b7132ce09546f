#include "harness/run/environment.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cmath>

#include "harness/device/cpu/topology.hpp"
#include "harness/run/environment/build_facts.hpp"
#include "harness/run/environment/cuda.hpp"
#include "harness/run/environment/gpus.hpp"
#include "harness/run/environment/machine.hpp"
#include "harness/run/environment/measured_clock.hpp"
#include "harness/run/environment/plain_value.hpp"
#include "harness/run/environment/processor.hpp"
#include "harness/run/environment/software.hpp"
#include "harness/run/environment/variables.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

std::size_t memory_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
}

Json describe_hardware(const Json& gpus) {
  Json hardware = describe_model();
  hardware["cores"] = cpu::usable_cores().size();
  hardware.update(describe_topology());
  hardware["memory_bytes"] = memory_bytes();
  hardware["virtualisation"] = describe_virtualisation();
  hardware.update(describe_clock_settings());
  hardware["gpus"] = gpus;
  return hardware;
}

/// Processes that wanted to run, averaged over the last minute: others beside this one make its numbers doubtful.
Json load_average() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? Json(load) : Json(nullptr);
}

Json describe_conditions() {
  const std::optional<double> clock = measured_clock_hz();
  return {{"measured_clock_hz", clock ? Json(std::llround(*clock)) : Json(nullptr)}, {"load_average", load_average()}};
}

std::string host_name_of_this_machine() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return plain_value(name.data());
}

}  // namespace

Json describe_tool() {
  const BuildFacts build = build_facts();
  return {{"name", "lockstep"},         {"version", build.version},
          {"commit", build_commit()},   {"build_type", build.build_type},
          {"compiler", build.compiler}, {"flags", build.flags},
          {"arch", build.arch},         {"blas", kernels::blas_description()}};
}

Json describe_environment(HostName host_name, CudaLibraries cuda) {
  const Json gpus = inquire_gpus();
  Json environment;
  environment["hardware"] = describe_hardware(gpus["gpus"]);
  environment["machine_id"] = machine_id(environment["hardware"]);
  if (host_name == HostName::told) environment["host_name"] = host_name_of_this_machine();
  environment["software"] = describe_software();
  environment["software"].update(gpus["software"]);
  environment["software"].update(cuda_versions(cuda == CudaLibraries::asked ? inquire_cuda() : cuda::Facts{}));
  environment["variables"] = describe_variables();
  environment["conditions"] = describe_conditions();
  environment["conditions"].update(gpus["conditions"]);
  return environment;
}

bool is_same_environment(Json one, Json other) {
  if (!one.is_object() || !other.is_object()) return false;
  const bool both_are_named = one.contains("host_name") && other.contains("host_name");
  for (Json* environment : {&one, &other}) {
    environment->erase("conditions");
    if (!both_are_named) environment->erase("host_name");
  }
  return one == other;
}

}  // namespace lockstep
