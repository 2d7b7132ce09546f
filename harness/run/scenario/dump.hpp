// A case as a scenario file, and the table of keys as a page.
#pragma once

#include <string>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// TOML with every key that has an effect, defaults included. Read again, it gives this one case, its name and axes
/// too.
std::string dump_config(const Case& resolved);

/// The table of keys in Markdown, as in scenarios/README.md.
std::string describe_keys();

}  // namespace lockstep
