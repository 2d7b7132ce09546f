// Memory accesses of instrumented code, by kernels and by the host.
#pragma once

#include <cstddef>

#include "tests/doubles/fakecuda/access.hpp"

namespace fakecuda {

/// One access of whatever runs on this thread. Costs a host thread next to nothing outside the arena.
void touched(const void* address, std::size_t bytes, Access kind);

}  // namespace fakecuda
