// Where and with what a result was made, from an allow-list: never host names, users or the whole environment.
#pragma once

#include "harness/run/result_json.hpp"

namespace lockstep {

/// The `tool` object: version, commit, build type, compiler and its flags, instruction set, BLAS.
Json describe_tool();

/// The `environment` object: hardware, software and the variables that change numerics or speed.
Json describe_environment();

}  // namespace lockstep
