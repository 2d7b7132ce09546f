// Values where there is no TOML file around them: on the command line and in the names of expectations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/setting.hpp"

namespace lockstep {

/// The parts of `text` between commas that are not inside brackets, braces or quotes.
std::vector<std::string_view> split_values(std::string_view text);

/// Reads `text` as TOML, or as a string where that fails: `2`, `ddp`, `25MiB`, `[784,64,10]`. Throws InputError
/// "<what is wrong>, got <value>; expected <…>".
Assignment read_value(const Key& key, std::string_view text);

}  // namespace lockstep
