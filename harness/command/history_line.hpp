// The words of `lockstep history`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lockstep {

struct HistoryArguments {
  enum class Action { add, list, show, set_baseline, list_baselines, remove_baseline, plot };
  Action action = Action::list;
  std::filesystem::path file;
  std::vector<std::filesystem::path> results;  // to add
  std::optional<std::string> source;           // what they were built from, instead of the commit in them
  std::string machine, name, metric;           // which results or series; empty: all
  std::int64_t id = 0;
  std::string baseline;
  bool force = false;
  bool json = false;
  std::filesystem::path output;  // page of a plot; empty: none
  std::filesystem::path trend;   // its data; "-" for standard output, empty: none
};

/// Declares them; `options` must outlive the app.
void add_history(CLI::App& app, HistoryArguments& options);

}  // namespace lockstep
