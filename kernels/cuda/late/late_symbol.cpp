#include "kernels/cuda/late/late_symbol.hpp"

#include <dlfcn.h>

namespace lockstep::kernels::cuda {

void* late_symbol(const char* library, const char* name) noexcept {
  if (void* loaded = ::dlsym(RTLD_NEXT, name); loaded != nullptr) return loaded;
  void* const handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  return handle != nullptr ? ::dlsym(handle, name) : nullptr;
}

}  // namespace lockstep::kernels::cuda
