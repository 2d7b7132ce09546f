// Whether this build has the CUDA backend. The only place that asks the preprocessor.
#pragma once

namespace lockstep::cuda {

#ifdef LOCKSTEP_WITH_CUDA
inline constexpr bool is_built = true;
#else
inline constexpr bool is_built = false;
#endif

}  // namespace lockstep::cuda
