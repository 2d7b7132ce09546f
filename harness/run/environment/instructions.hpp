// What only instructions of the processor tell: one file for each instruction set, instructions_NAME.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lockstep {

/// Runs additions of which each needs the sum of the one before, at least `count` of them, and returns how many; 0
/// where this is not written for the instruction set. Additions of two registers, because some processors execute those
/// of a constant before they are due (Golden Cove does when it renames registers). Such an addition takes one cycle on
/// every x86-64 processor since the first, by Agner Fog's instruction tables and uops.info, and on ARM's Cortex-A and
/// Neoverse by their optimisation guides.
std::uint64_t run_dependent_additions(std::uint64_t count);

/// Twelve characters by which a hypervisor calls itself, e.g. "KVMKVMKVM"; empty where there is none, nothing where
/// this cannot be asked.
std::optional<std::string> hypervisor_signature();

}  // namespace lockstep
