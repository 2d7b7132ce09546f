#include "harness/run/environment/system_files.hpp"

#include <charconv>
#include <fstream>

#include "harness/run/environment/plain_value.hpp"

namespace lockstep {
namespace {

/// A line of a file of the system is short; one without an end is not read for ever.
bool read_line(std::istream& lines, std::string& line) {
  static constexpr std::size_t limit = 64 * 1024;  // the processor's features alone may take several KiB
  line.clear();
  for (int character = lines.get(); character != std::istream::traits_type::eof(); character = lines.get()) {
    if (character == '\n' || line.size() == limit) return true;
    line += static_cast<char>(character);
  }
  return !line.empty();
}

std::string trimmed(std::string text) {
  std::erase(text, '"');
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> unless_empty(std::string text) {
  text = plain_value(trimmed(std::move(text)));
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

}  // namespace

std::optional<std::string> first_line(const std::filesystem::path& file) {
  std::ifstream lines{file};
  std::string line;
  return read_line(lines, line) ? unless_empty(std::move(line)) : std::nullopt;
}

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  const std::optional<std::string> text = first_line(file);
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  return error == std::errc{} && end == text->data() + text->size() ? std::optional{number} : std::nullopt;
}

std::optional<std::string> value_in(const std::filesystem::path& file, std::string_view key, char separator) {
  std::ifstream lines{file};
  for (std::string line; read_line(lines, line);) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos || trimmed(line.substr(0, at)) != key) continue;
    return unless_empty(line.substr(at + 1));
  }
  return std::nullopt;
}

}  // namespace lockstep
