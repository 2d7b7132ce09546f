// Text and numbers from outside, made fit for what is exported.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json.hpp"

namespace lockstep {

/// Valid UTF-8 on one line, free of control characters and of U+FFFE and U+FFFF, which no XML may hold: what is neither
/// becomes a question mark.
std::string shown(std::string_view text);

/// A number for people, with its unit: "5.26 ms", "1.5 MiB", "12.3 GB/s", "1.052".
std::string shown(double value, std::string_view unit);

/// A number for programs: the shortest text that reads back the same, with a point whatever the locale.
std::string exact_text(double value);

/// A unit as part of a name, in base units: "s" is "seconds", "1" is "ratio".
std::string_view word_of_unit(std::string_view unit);

/// The text, number or flag at environment["hardware"]["cpu"] and the like; not set where there is none.
std::optional<std::string> text_at(const Json& object, std::string_view key, std::string_view inner = {});
std::optional<double> number_at(const Json& object, std::string_view key, std::string_view inner = {});

}  // namespace lockstep
