// Small files in which Linux describes the machine (/proc, /sys, /etc). None need be there, and what is in them is
// taken for text from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// The first line, plain; nothing where the file cannot be read or the line is empty.
std::optional<std::string> first_line(const std::filesystem::path& file);

/// The number that is all of the first line.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file);

/// The value of the first line "key<blanks><separator>value", plain and without quotes.
std::optional<std::string> value_in(const std::filesystem::path& file, std::string_view key, char separator);

}  // namespace lockstep
