#include "harness/run/environment/variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "harness/run/environment/plain_value.hpp"

namespace lockstep {
namespace {

// Threads, BLAS, GPUs, their collectives, and what replaces the allocator. CUDA_ covers CUDA_VISIBLE_DEVICES.
constexpr std::array<std::string_view, 7> prefixes{"OMP_", "OPENBLAS_", "GOTO_", "MKL_", "NCCL_", "CUDA_", "MALLOC_"};
constexpr std::array<std::string_view, 1> names{"LD_PRELOAD"};

// NCCL_COMM_ID and NCCL_HOSTID are the address and the name of a machine.
constexpr std::array<std::string_view, 2> denied{"NCCL_COMM_ID", "NCCL_HOSTID"};
constexpr std::array<std::string_view, 5> secrets{"KEY", "TOKEN", "SECRET", "PASSW", "CREDENTIAL"};

bool is_allowed(std::string_view name) {
  const auto begins_name = [&](std::string_view prefix) { return name.starts_with(prefix); };
  const auto is_in_name = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return (std::ranges::any_of(prefixes, begins_name) || std::ranges::find(names, name) != names.end()) &&
         std::ranges::find(denied, name) == denied.end() && std::ranges::none_of(secrets, is_in_name);
}

}  // namespace

Json allowed_variables(const char* const* entries) {
  std::map<std::string, std::string> found;
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    const std::string_view entry{*entries};
    const std::size_t separator = entry.find('=');
    if (separator == std::string_view::npos || !is_allowed(entry.substr(0, separator))) continue;
    found.emplace(plain_value(std::string{entry.substr(0, separator)}),
                  plain_value(without_homes(std::string{entry.substr(separator + 1)})));
  }
  Json variables = Json::object();
  for (const auto& [name, value] : found) variables[name] = value;
  return variables;
}

Json describe_variables() { return allowed_variables(environ); }

}  // namespace lockstep
