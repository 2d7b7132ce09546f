// Which kernels the program under test has, by the host function that nvcc made for each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/doubles/fakecuda/engine.hpp"

namespace fakecuda {

struct RegisteredKernel {
  std::string name;                  // "relu_forward<float>"
  const KernelBody* body = nullptr;  // null until looked up
  std::size_t dynamic_shared_at_most = 0;
};

/// "void lockstep::kernels::device::relu_forward<float>(float const*, float*)" → "relu_forward<float>".
std::string plain_kernel_name(std::string_view demangled);

/// Needs the lock, but not the runtime: programs register before they start. `body` may be null.
void register_kernel(const void* host_function, std::string name, const KernelBody* body);
/// Null for an address that nobody registered.
RegisteredKernel* find_kernel(const void* host_function);

}  // namespace fakecuda

/// For tests of the fake: a kernel whose body is a plain function, launched as `host_function`.
extern "C" void lockstep_fakecuda_test_kernel(const void* host_function, const char* name,
                                              const fakecuda::KernelBody* body);
