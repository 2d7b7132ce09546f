// The clock that the processor really runs at.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace lockstep {

/// Additions per second of a chain in which each needs the one before, on the calling thread: the median of nine runs
/// of about 0.3 ms, after 2 ms in which the processor may raise its clock. On processors on which such an addition
/// takes one cycle (instructions.hpp) this is its clock in Hz as far as this thread gets it: it falls when the clock is
/// lowered (heat, power, other cores) and when a hypervisor or another process takes more than half of the time away.
/// Nothing where the chain is not written for the instruction set.
std::optional<double> measured_clock_hz();

/// The same with another chain, which returns how many additions it ran, and another clock, in seconds.
std::optional<double> measured_clock_hz(const std::function<std::uint64_t(std::uint64_t count)>& run_additions,
                                        const std::function<double()>& seconds);

}  // namespace lockstep
