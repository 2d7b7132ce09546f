// [expect]: "metric@axis=value,…" = { min = 1.7 }.
#pragma once

#include <toml++/toml.h>

#include <span>
#include <string_view>

#include "harness/run/scenario/setting.hpp"

namespace lockstep {

/// Reads one line of [expect]. Its axes must be among `settings`, with values of theirs; throws InputError otherwise,
/// and for bounds that are missing, not finite or crossed.
Expectation read_expectation(std::string_view name, const toml::node& bounds, std::span<const Setting> settings);

/// Whether `expectation` is about the case with these axes.
bool applies_to(const Expectation& expectation, std::span<const Axis> axes);

}  // namespace lockstep
