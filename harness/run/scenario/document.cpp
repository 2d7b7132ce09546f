#include "harness/run/scenario/document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/run/scenario/expectation.hpp"
#include "harness/run/scenario/formats.hpp"
#include "harness/run/scenario/keys.hpp"
#include "harness/run/scenario/problems.hpp"
#include "harness/run/scenario/syntax.hpp"

namespace lockstep {
namespace {

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

bool is_section(std::string_view path) {
  const std::vector<Key>& table = scenario_keys();
  const std::string prefix = fmt::format("{}.", path);
  return std::any_of(table.begin(), table.end(), [&](const Key& key) { return key.path.starts_with(prefix); });
}

/// What may stand in `section` ("" for the top): its keys and the names of its own sections.
std::vector<std::string_view> names_in(std::string_view section) {
  std::vector<std::string_view> names;
  const std::size_t start = section.empty() ? 0 : section.size() + 1;
  const auto inside = [&](std::string_view path) {
    return section.empty() || (path.starts_with(section) && path.size() > start && path[section.size()] == '.');
  };
  for (const Key& key : scenario_keys()) {
    if (!inside(key.path)) continue;
    const std::string_view name = key.path.substr(start, key.path.find('.', start) - start);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (section.empty()) names.push_back("expect");
  return names;
}

/// A misspelling of a neighbour, or a key that belongs to another section.
std::string suggestion(std::string_view section, std::string_view name) {
  if (const std::string neighbour = did_you_mean(name, names_in(section)); !neighbour.empty()) return neighbour;
  for (const Key& key : scenario_keys())
    if (key.path.ends_with(fmt::format(".{}", name)))
      return fmt::format("; did you mean {}?", formats::toml_string(key.path));
  return "";
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : problems_{file.string()} { document_.file = file; }

  ScenarioDocument read(const toml::table& root) && {
    require_known_version(root);
    read_section(root, "");
    report_missing_keys();
    sort_settings();
    if (const toml::node* expect = root.get("expect")) read_expectations(*expect);
    problems_.throw_if_any();
    document_.name = root["name"].value_or(std::string{});
    return std::move(document_);
  }

 private:
  /// A newer file may mean anything, so nothing else in it is looked at.
  void require_known_version(const toml::table& root) {
    const Key& key = *find_key("schema");
    if (const toml::node* version = root.get(key.path)) read_one(key, *version);
    problems_.throw_if_any();
  }

  void read_section(const toml::table& table, std::string_view section) {
    for (const auto& [name, node] : table) {
      const std::string path = section.empty() ? std::string{name.str()} : fmt::format("{}.{}", section, name.str());
      if (path == "expect") continue;
      if (const Key* key = find_key(path)) {
        read_setting(*key, node);
      } else if (!is_section(path)) {
        const std::string where = section.empty() ? "" : fmt::format("{}: ", section);
        problems_.add(place_of(name.source()),
                      fmt::format("{}unknown key {}{}", where, printable(name.str()), suggestion(section, name.str())));
      } else if (const toml::table* inner = node.as_table()) {
        read_section(*inner, path);
      } else {
        // What is inside is not readable, so its required keys are not called missing.
        unreadable_sections_.insert(path);
        problems_.add(place_of(node.source()),
                      fmt::format("{}: wrong type, got {}; expected a table", path, formats::shown(node)));
      }
    }
  }

  void read_setting(const Key& key, const toml::node& node) {
    seen_.insert(key.path);
    Setting setting{.key = &key, .values = {}, .axis = is_axis(key, node), .place = place_of(node.source())};
    if (!setting.axis) {
      if (const auto value = read_one(key, node)) setting.values.push_back(*value);
    } else {
      read_axis(key, *node.as_array(), setting.values);
    }
    document_.settings.push_back(std::move(setting));
  }

  /// One list more around a value than the key's own values have.
  static bool is_axis(const Key& key, const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr || !key.can_be_axis) return false;
    return key.depth == 0 || (!list->empty() && list->front().is_array());
  }

  void read_axis(const Key& key, const toml::array& list, std::vector<Assignment>& values) {
    if (list.empty())
      problems_.add(place_of(list.source()), fmt::format("{}: an axis without values, got []", key.path));
    for (const toml::node& node : list) {
      const auto value = read_one(key, node);
      if (!value) continue;
      const auto same = [&](const Assignment& other) { return other.value == value->value; };
      if (std::any_of(values.begin(), values.end(), same))
        problems_.add(place_of(node.source()), fmt::format("{}: value given twice, got {}", key.path, value->value));
      values.push_back(*value);
    }
  }

  std::optional<Assignment> read_one(const Key& key, const toml::node& node) {
    try {
      return key.read(node);
    } catch (const InputError& error) {
      problems_.add(place_of(node.source()), fmt::format("{}: {}; expected {}", key.path, error.what(), key.expected));
      return std::nullopt;
    }
  }

  /// The first of the file's cases, as far as it could be read.
  [[nodiscard]] Scenario first_scenario() const {
    Scenario scenario;
    for (const Setting& setting : document_.settings)
      if (!setting.values.empty()) setting.values.front().apply(scenario);
    return scenario;
  }

  void report_missing_keys() {
    const Scenario scenario = first_scenario();
    for (const Key& key : scenario_keys()) {
      const std::string section{key.path.substr(0, key.path.find('.'))};
      if (key.required && key.used(scenario) && !seen_.contains(key.path) && !unreadable_sections_.contains(section))
        problems_.add({}, fmt::format("missing key {}; expected {}", formats::toml_string(key.path), key.expected));
    }
  }

  void sort_settings() {
    std::sort(document_.settings.begin(), document_.settings.end(),
              [](const Setting& a, const Setting& b) { return a.key < b.key; });
  }

  void read_expectations(const toml::node& expect) {
    const toml::table* table = expect.as_table();
    if (table == nullptr)
      return problems_.add(place_of(expect.source()),
                           fmt::format("expect: wrong type, got {}; expected a table", formats::shown(expect)));
    for (const auto& [name, node] : *table) {
      try {
        Expectation expectation = read_expectation(name.str(), node, document_.settings);
        document_.expectations.push_back({std::move(expectation), std::string{name.str()}, place_of(name.source())});
      } catch (const InputError& error) {
        problems_.add(place_of(name.source()), fmt::format("expect.{}: {}", printable(name.str()), error.what()));
      }
    }
  }

  Problems problems_;
  ScenarioDocument document_;
  std::set<std::string_view> seen_;
  std::set<std::string> unreadable_sections_;
};

std::vector<std::filesystem::path> toml_files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
    if (entry.path().extension() == ".toml" && !entry.is_directory()) files.push_back(entry.path());
  return files;
}

}  // namespace

ScenarioDocument parse_scenario(std::string_view text, const std::filesystem::path& file) {
  const toml::table root = parse_toml(text, file.string());
  return Reader{file}.read(root);
}

ScenarioDocument load_scenario(const std::filesystem::path& file) { return parse_scenario(read_file(file, MiB), file); }

std::vector<ScenarioDocument> load_scenarios(std::span<const std::filesystem::path> files) {
  std::vector<ScenarioDocument> documents;
  std::map<std::string, std::filesystem::path> file_of;
  std::string problems;
  const auto report = [&](const std::string& problem) { problems += (problems.empty() ? "" : "\n") + problem; };
  for (const std::filesystem::path& file : files) {
    try {
      documents.push_back(load_scenario(file));
    } catch (const InputError& error) {
      report(error.what());
      continue;
    }
    const std::string& name = documents.back().name;
    const auto [other, is_new] = file_of.try_emplace(name, file);
    if (!is_new)
      report(fmt::format("{}: name: {} is already the name of {}", file.string(), formats::toml_string(name),
                         other->second.string()));
  }
  if (!problems.empty()) throw InputError{problems};
  return documents;
}

std::vector<std::filesystem::path> find_scenarios(std::span<const std::filesystem::path> paths) {
  std::set<std::filesystem::path> found;
  for (const std::filesystem::path& path : paths) {
    try {
      // Throws for a path that does not exist and for a loop of links.
      static_cast<void>(std::filesystem::canonical(path));
      if (!std::filesystem::is_directory(path)) {
        found.insert(path.lexically_normal());
      } else {
        for (const auto& file : toml_files_below(path)) found.insert(file.lexically_normal());
      }
    } catch (const std::filesystem::filesystem_error& error) {
      throw IoError{fmt::format("{}: cannot open: {}", path.string(), error.code().message())};
    }
  }
  if (found.empty()) throw EnvironmentError{"no scenario matches"};
  return {found.begin(), found.end()};
}

}  // namespace lockstep
