#include "harness/run/environment.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "harness/base/error.hpp"
#include "harness/device/cpu/topology.hpp"
#include "harness/run/environment/build_facts.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

/// The value behind `key` in a file of "key<separator>value" lines, without quotes; "unknown" when it is not there.
std::string value_in(const char* file, std::string_view key, char separator) {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(line.find(separator) + 1);
    std::erase(value, '"');
    value.erase(0, value.find_first_not_of(" \t"));
    return value;
  }
  return "unknown";
}

std::size_t memory_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
}

Json describe_variables() {
  static constexpr std::array<const char*, 5> allowed{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE",
                                                      "LD_PRELOAD", "MALLOC_ARENA_MAX"};
  Json variables = Json::object();
  for (const char* name : allowed)
    if (const char* value = std::getenv(name)) variables[name] = value;
  return variables;
}

}  // namespace

Json describe_tool() {
  const BuildFacts build = build_facts();
  return {{"name", "lockstep"},         {"version", build.version},
          {"commit", build_commit()},   {"build_type", build.build_type},
          {"compiler", build.compiler}, {"flags", build.flags},
          {"arch", build.arch},         {"blas", kernels::blas_description()}};
}

Json describe_environment() {
  struct utsname system {};
  ::uname(&system);
  return {{"hardware",
           {{"cpu", value_in("/proc/cpuinfo", "model name", ':')},
            {"cores", cpu::usable_cores().size()},
            {"memory_bytes", memory_bytes()},
            {"gpus", Json::array()}}},
          {"software",
           {{"os", value_in("/etc/os-release", "PRETTY_NAME", '=')},
            {"kernel", fmt::format("{} {}", system.sysname, system.release)}}},
          {"variables", describe_variables()}};
}

}  // namespace lockstep
