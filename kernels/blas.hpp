// The BLAS library behind the matrix product. Call the two `use_` functions once, at the start of the program and while
// it has one thread.
#pragma once

#include <string>

namespace lockstep::kernels {

/// Every call computes on its caller's thread; without this, concurrent callers queue for one shared pool of threads.
/// Ends the pool that OpenBLAS starts when it is loaded, so that the process has one thread when it forks.
void use_one_thread_per_caller();

/// OpenBLAS chooses its inner loops by a table of CPU models, and for a model newer than the table takes those of a
/// processor without AVX, two to five times slower. This chooses by what the CPU can do in that case.
/// A choice made by the environment variable OPENBLAS_CORETYPE stands.
void use_kernels_for_this_cpu();

/// Version, build and chosen inner loops, e.g. "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell
/// MAX_THREADS=64".
std::string blas_description();

/// False for OpenBLAS's serial build: it shares work memory between callers without a lock and returns wrong products.
bool blas_is_safe_for_concurrent_callers();

}  // namespace lockstep::kernels
