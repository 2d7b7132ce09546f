// Checks on communication. Each is seen to fail in tests/measure/communication_checks_test.cpp.
#pragma once

#include <span>

#include "harness/measure/bandwidth.hpp"
#include "harness/measure/check.hpp"

namespace lockstep {

/// No element of any rank's result is wrong, at any size. `compared` is over all rows.
CheckResult check_collective_results(std::span<const BandwidthRow> rows, std::uint64_t compared);

/// No collective moves bytes faster than memory can: the least traffic of each row against what copies of the same
/// buffers moved beside it. INVALID when one does. `rows` are timed, on more than one rank.
CheckResult check_memory_bandwidth(std::span<const BandwidthRow> rows, std::span<const CopyTime> copies, int ranks);

/// The collectives that a training made are those that its strategy has to make, in number and bytes.
CheckResult check_traffic(const Traffic& made, const Traffic& expected);

}  // namespace lockstep
