// Texts of the machine (files of the system, drivers, environment variables) made fit for a result.
#pragma once

#include <cstddef>
#include <string>

namespace lockstep {

/// `text` as one short line: cut to `limit` bytes, with question marks for control characters and for what is not
/// UTF-8, without blanks at its ends.
std::string plain_value(std::string text, std::size_t limit = 200);

/// `text` with "~" for home folders: that of the environment variable HOME and any folder directly below /home. Their
/// names are those of people.
std::string without_homes(std::string text);

}  // namespace lockstep
