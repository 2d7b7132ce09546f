// Text from outside made safe to print, and help with misspelt names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// `text` in double quotes: control characters, quotes, backslashes and invalid UTF-8 escaped, cut at 80 characters.
std::string printable(std::string_view text);

/// `text` with a question mark for every control character but the newline, so that it cannot drive a terminal.
std::string without_controls(std::string text);

/// `text` on one line: likewise for newlines, for the C1 controls and for the marks that turn the direction of writing.
std::string one_plain_line(std::string_view text);

/// The candidate that `name` is most likely a misspelling of; empty when none is close.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

/// `; did you mean "learning_rate"?`, or an empty string.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

/// Offset of the first byte that is not valid UTF-8 (a NUL counts as invalid), or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace lockstep
