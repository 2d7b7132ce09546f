// What the functions of NCCL have in common.
#pragma once

#include <nccl.h>

#include "tests/doubles/fakecuda/calls.hpp"
#include "tests/doubles/fakecuda/nccl_world.hpp"

namespace fakecuda {

/// Whether the handle is a communicator that may be used; reports and returns false for anything else.
bool is_usable(const Call& call, ncclComm_t comm);

/// Whether operations may be queued on it now; success, or the code to fail with.
ncclResult_t check_for_use(const Call& call, ncclComm_t comm);

/// Remembers a text for ncclGetLastError, and returns the code.
ncclResult_t nccl_failure(ncclResult_t code, const std::string& text);

}  // namespace fakecuda
