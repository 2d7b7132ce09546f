// The bandwidth of a collective as nccl-tests prints it.
#pragma once

#include <string>

#include "harness/base/json.hpp"

namespace lockstep {

/// The `bandwidth` of a case, one line per size, in the columns and with the last lines of nccl-tests, so that what
/// reads its output reads this: sizes in bytes, times in µs, rates in GB/s (10⁹), N/A where nothing was timed. Empty
/// for a case without.
std::string collectives_table(const Json& result);

}  // namespace lockstep
