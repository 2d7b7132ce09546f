// Where and with what a result was made, from an allow-list: never users or the whole environment, and the host's name
// only on request.
#pragma once

#include "harness/run/result_json.hpp"

namespace lockstep {

/// The `tool` object: version, commit, build type, compiler and its flags, instruction set, BLAS.
Json describe_tool();

enum class HostName { left_out, told };
/// Whether CUDA is asked for the versions of its libraries, which starts the driver (in a process of its own) and may
/// take seconds. Where it is not they are null.
enum class CudaLibraries { left_alone, asked };

/// The `environment` object; takes some ten milliseconds, with GPUs up to seconds. The caller must have one thread.
///   machine_id  groups results by machine (environment/machine.hpp)
///   host_name   only when it is to be told
///   hardware    the machine and its settings (governor, ECC, power limits, …)
///   software    system and libraries
///   variables   environment variables that change numerics or speed
///   conditions  what is different in every run on one machine: measured clock, load, clocks of GPUs
Json describe_environment(HostName host_name = HostName::left_out, CudaLibraries cuda = CudaLibraries::left_alone);

/// Whether two `environment` objects are of one origin: equal but for their conditions. A host name counts where both
/// tell it.
bool is_same_environment(Json one, Json other);

}  // namespace lockstep
