// A small valid scenario for tests to change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/scenario.hpp"

namespace lockstep::testing {

/// Eleven lines, one key each.
std::string valid_scenario();

/// The valid scenario with the line that starts with `line` replaced, or, where `line` is empty, with `text` added.
std::string with(std::string_view line, std::string_view text);

/// `scenario` with the line that starts with `line` replaced.
std::string with(std::string_view line, std::string_view text, std::string scenario);

/// The cases of a scenario file "s.toml" with this text.
std::vector<Case> cases_of(std::string_view text, const std::vector<std::string>& overrides = {});

/// The message of the InputError that this text ends in; empty when it is accepted.
std::string error_of(std::string_view text);

std::vector<std::string> names_of(const std::vector<Case>& cases);

}  // namespace lockstep::testing
