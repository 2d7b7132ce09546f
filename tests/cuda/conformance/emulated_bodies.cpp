// The suite's kernels for the fake CUDA runtime: preloaded together with it, so that the program needs neither.
#include "tests/cuda/conformance/bodies.cuh"
#include "tests/doubles/fakecuda/registration.hpp"

namespace lockstep::conformance::emulated {

LOCKSTEP_EMULATE(conformance_add);
LOCKSTEP_EMULATE(conformance_store);
LOCKSTEP_EMULATE(conformance_places);
LOCKSTEP_EMULATE(conformance_reverse);

}  // namespace lockstep::conformance::emulated
