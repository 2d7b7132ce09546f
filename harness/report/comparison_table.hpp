// A comparison for people at a terminal.
#pragma once

#include <cstdio>
#include <string>

#include "harness/compare/comparison.hpp"

namespace lockstep {

/// Which metrics are printed one by one: all, or those that are not the same.
enum class Shown { changes, everything };

/// Differences to blame, every case that is not the same with what decided, the conclusion last. Does not throw when
/// it cannot be printed; the stream remembers.
void print_comparison(std::FILE* out, const Comparison& comparison, Shown shown);

}  // namespace lockstep
