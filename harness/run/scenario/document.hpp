// Scenario files, read and checked value by value. expand.hpp makes cases of them.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/setting.hpp"

namespace lockstep {

struct PlacedExpectation {
  Expectation expectation;
  std::string name;  // as written: "speedup@strategy=ddp,devices=2"
  Place place;
};

struct ScenarioDocument {
  std::filesystem::path file;
  std::string name;
  std::vector<Setting> settings;  // in the order of the table of keys
  std::vector<PlacedExpectation> expectations;
};

/// `file` is for messages, and its folder is where relative paths start. Throws InputError with every problem, a line
/// each.
ScenarioDocument parse_scenario(std::string_view text, const std::filesystem::path& file);

/// Reads the file once. Throws IoError when it cannot be read, else as parse_scenario.
ScenarioDocument load_scenario(const std::filesystem::path& file);

/// Throws InputError with the problems of all files, and when two scenarios have one name.
std::vector<ScenarioDocument> load_scenarios(std::span<const std::filesystem::path> files);

/// The files among `paths` and all *.toml below the folders among them, sorted, each once. Throws EnvironmentError when
/// there is none and IoError for a path that does not exist.
std::vector<std::filesystem::path> find_scenarios(std::span<const std::filesystem::path> paths);

}  // namespace lockstep
