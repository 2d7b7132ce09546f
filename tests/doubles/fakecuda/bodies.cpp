// The table of kernel bodies.
#include <map>
#include <string>

#include "tests/doubles/fakecuda/registration.hpp"

namespace fakecuda {
namespace {

using Bodies = std::map<std::string, KernelBody, std::less<>>;

/// Filled while programs are loaded, before main.
Bodies& bodies() {
  static auto* const all = new Bodies;
  return *all;
}

std::string without_spaces(std::string_view name) {
  std::string result;
  for (const char c : name)
    if (c != ' ') result += c;
  return result;
}

}  // namespace

bool register_body(const char* name, const KernelBody& body) {
  return bodies().emplace(without_spaces(name), body).second;
}

const KernelBody* find_body(std::string_view name) {
  const auto found = bodies().find(without_spaces(name));
  return found == bodies().end() ? nullptr : &found->second;
}

}  // namespace fakecuda
