#include "harness/base/error.hpp"

namespace lockstep {

void throw_internal_error(const std::string& message) { throw InternalError{message}; }

}  // namespace lockstep
