#include "harness/device/kernel.hpp"

#include "harness/base/error.hpp"

namespace lockstep {

void KernelBody::throw_no_gpu_body() { throw InternalError{"a kernel without a CUDA body was given to a GPU"}; }

}  // namespace lockstep
