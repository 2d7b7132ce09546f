#include <dlfcn.h>

#include "harness/device/cuda/cuda_facts.hpp"

namespace lockstep::cuda {

bool is_emulated() { return ::dlsym(RTLD_DEFAULT, "lockstep_fakecuda_is_loaded") != nullptr; }

}  // namespace lockstep::cuda
