// The C library's own version of a function that the fake puts itself in front of.
#pragma once

#include <dlfcn.h>

namespace fakecuda {

template <typename Function>
Function next_definition(const char* name, const char* version = nullptr) {
  void* found = version == nullptr ? nullptr : dlvsym(RTLD_NEXT, name, version);
  if (found == nullptr) found = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<Function>(found);
}

}  // namespace fakecuda
