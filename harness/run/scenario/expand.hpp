// From a scenario file to its cases: the product of its axes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/run/scenario/document.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Reads the arguments of -a: "devices=1,2", "model.kind=mlp", "widths=[784,64,10],[784,128,10]". Throws UsageError.
std::vector<Setting> parse_overrides(std::span<const std::string> texts);

/// All cases; the axis that comes first in the table of keys changes slowest. An override replaces the values of its
/// key. Left out are `single` on several devices, and, but for the first, the values of an axis that has no effect.
/// Throws InputError with every problem: keys that contradict each other, keys and expectations that no case uses.
std::vector<Case> expand(const ScenarioDocument& document, std::span<const Setting> overrides = {});

}  // namespace lockstep
