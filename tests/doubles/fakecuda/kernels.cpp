#include "tests/doubles/fakecuda/kernels.hpp"

#include <unordered_map>
#include <utility>

#include "tests/doubles/fakecuda/device_facts.hpp"
#include "tests/doubles/fakecuda/lock.hpp"

namespace fakecuda {
namespace {

std::unordered_map<const void*, RegisteredKernel>& registered() {
  static auto* const kernels = new std::unordered_map<const void*, RegisteredKernel>;
  return *kernels;
}

}  // namespace

std::string plain_kernel_name(std::string_view demangled) {
  std::size_t begin = 0;
  std::size_t end = demangled.size();
  int depth = 0;  // of < and (
  for (std::size_t i = 0; i < demangled.size(); ++i) {
    const char c = demangled[i];
    const bool opens_parameters = c == '(' && depth == 0 && !demangled.substr(i).starts_with("(anonymous namespace)");
    if (opens_parameters) {
      end = i;
      break;
    }
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    const bool ends_a_part = c == ' ' || (c == ':' && i + 1 < demangled.size() && demangled[i + 1] != ':');
    if (depth == 0 && ends_a_part) begin = i + 1;
  }
  return std::string{demangled.substr(begin, end - begin)};
}

void register_kernel(const void* host_function, std::string name, const KernelBody* body) {
  registered()[host_function] = {std::move(name), body, shared_bytes_per_block};
}

RegisteredKernel* find_kernel(const void* host_function) {
  const auto found = registered().find(host_function);
  if (found == registered().end()) return nullptr;
  RegisteredKernel& kernel = found->second;
  if (kernel.body == nullptr) kernel.body = find_body(kernel.name);
  return &kernel;
}

}  // namespace fakecuda

void lockstep_fakecuda_test_kernel(const void* host_function, const char* name, const fakecuda::KernelBody* body) {
  const fakecuda::Lock lock;
  fakecuda::register_kernel(host_function, name, body);
}
