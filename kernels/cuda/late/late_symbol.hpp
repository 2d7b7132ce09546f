// Functions of libraries that are loaded when one is first called: cuBLAS and NCCL cost every process that links them
// 80 ms at its start, and most runs never call them.
#pragma once

namespace lockstep::kernels::cuda {

/// The function `name` of whatever is loaded behind this program and has it, else of the library with that file name,
/// which is loaded then and stays; null when it is not on this machine.
void* late_symbol(const char* library, const char* name) noexcept;

}  // namespace lockstep::kernels::cuda

/// Defines the C function `name` with `parameters`, as its header declares it: passes `arguments` on, or returns
/// `missing` when the library is not on this machine.
#define LOCKSTEP_LATE(library, result, name, parameters, arguments, missing)                                         \
  extern "C" result name parameters {                                                                                \
    using Function = result(*) parameters;                                                                           \
    static const auto function = reinterpret_cast<Function>(::lockstep::kernels::cuda::late_symbol(library, #name)); \
    return function != nullptr ? function arguments : missing;                                                       \
  }
