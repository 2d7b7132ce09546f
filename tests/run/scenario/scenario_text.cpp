#include "tests/run/scenario/scenario_text.hpp"

#include "harness/base/error.hpp"
#include "harness/run/scenario/expand.hpp"

namespace lockstep::testing {

std::string valid_scenario() {
  return R"(schema = 1
name = "s"
family = "equivalence"
[model]
widths = [8, 4, 2]
[data]
source = "synthetic"
[train]
batch = 16
[run]
devices = 1
)";
}

std::string with(std::string_view line, std::string_view text) { return with(line, text, valid_scenario()); }

std::string with(std::string_view line, std::string_view text, std::string scenario) {
  if (line.empty()) return scenario + std::string{text} + "\n";
  const std::size_t at = fmt::format("\n{}", scenario).find(fmt::format("\n{}", line));
  require(at != std::string::npos, "no line starts with {}", line);
  return scenario.replace(at, scenario.find('\n', at) - at, text);
}

std::vector<Case> cases_of(std::string_view text, const std::vector<std::string>& overrides) {
  return expand(parse_scenario(text, "s.toml"), parse_overrides(overrides));
}

std::string error_of(std::string_view text) {
  try {
    cases_of(text);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

std::vector<std::string> names_of(const std::vector<Case>& cases) {
  std::vector<std::string> names;
  for (const Case& one : cases) names.push_back(one.name);
  return names;
}

}  // namespace lockstep::testing
