// A stored result, named on the command line as history:FILE#NAME.
#pragma once

#include <optional>
#include <string>

#include "harness/compare/side.hpp"

namespace lockstep {

/// Whether a side of a comparison is a stored result rather than a path.
bool is_history_reference(const std::string& side);

/// NAME is a baseline, or the id of a result. Throws UsageError when the reference is not complete or there is no such
/// name, else what History throws.
Side read_stored_side(const std::string& reference);

}  // namespace lockstep
