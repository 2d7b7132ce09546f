// The environment variables that change numerics or speed, from an allow-list.
#pragma once

#include "harness/run/result_json.hpp"

namespace lockstep {

/// Name to value, sorted, of those that are on the list. `entries` are NAME=VALUE and end with a null pointer, like
/// environ. Values are plain and short, home folders replaced; of a name that speaks of a secret or of another machine
/// nothing is kept.
Json allowed_variables(const char* const* entries);

/// Those of this process.
Json describe_variables();

}  // namespace lockstep
