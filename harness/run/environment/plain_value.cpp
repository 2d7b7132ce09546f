#include "harness/run/environment/plain_value.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "harness/base/text.hpp"

namespace lockstep {
namespace {

/// Whether a name of a folder can go on with this character, so that /home/ann is not found in /home/anna.
bool is_in_name(char character) { return character != '/' && character != ':' && character != ' '; }

/// Replaces `folder` where it stands as a whole by "~".
void replace_folder(std::string& text, std::string_view folder) {
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at + 1)) {
    const std::size_t end = at + folder.size();
    if (end == text.size() || !is_in_name(text[end])) text.replace(at, folder.size(), 1, '~');
  }
}

}  // namespace

std::string plain_value(std::string text, std::size_t limit) {
  const bool is_cut = text.size() > limit;
  if (is_cut) text.resize(limit);
  // A character of several bytes that the cut went through is dropped, not marked.
  if (const std::size_t bad = first_invalid_utf8(text); is_cut && bad != std::string::npos && limit - bad < 4)
    text.resize(bad);
  for (std::size_t bad = 0; (bad = first_invalid_utf8(text)) != std::string::npos;) text[bad] = '?';
  text = without_controls(std::move(text));
  std::ranges::replace(text, '\n', '?');
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string without_homes(std::string text) {
  const char* variable = std::getenv("HOME");
  std::string_view home = variable == nullptr ? "" : variable;
  while (home.ends_with('/')) home.remove_suffix(1);
  if (!home.empty()) replace_folder(text, home);
  static constexpr std::string_view homes = "/home/";
  for (std::size_t at = text.find(homes); at != std::string::npos; at = text.find(homes, at + 1)) {
    std::size_t end = at + homes.size();
    while (end < text.size() && is_in_name(text[end])) ++end;
    if (end > at + homes.size()) text.replace(at, end - at, 1, '~');
  }
  return text;
}

}  // namespace lockstep
