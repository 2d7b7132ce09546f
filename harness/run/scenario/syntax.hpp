// From bytes to a TOML table, without trusting the bytes.
#pragma once

#include <toml++/toml.h>

#include <string_view>

namespace lockstep {

/// Throws InputError "<file>[:<line>:<column>]: …" for text that is not plain UTF-8, is nested too deeply for a
/// recursive parser, is not TOML (two equal keys included) or says nothing.
toml::table parse_toml(std::string_view text, std::string_view file);

}  // namespace lockstep
