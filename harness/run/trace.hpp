// A timed training as a timeline that others can open.
#pragma once

#include <filesystem>
#include <vector>

#include "harness/measure/breakdown.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// The blocks, one after the other, in Chrome's trace format (chrome://tracing, Perfetto). Processes are ranks, threads
/// their streams; ts and dur are microseconds with three decimals. On the stream of the computation a slice "block k"
/// holds the steps of a block and a slice "step k" the phases of a step. args say block and step and, of a collective,
/// its bytes.
std::string trace_text(const Case& one, const std::vector<Block>& blocks);

/// Writes trace/CASE/trace.json below `directory` where the scenario's [output] asks for it. Throws IoError.
void write_trace(const Case& one, const std::filesystem::path& directory, const std::vector<Block>& blocks);

}  // namespace lockstep
