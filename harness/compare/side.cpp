#include "harness/compare/side.hpp"

#include <algorithm>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

/// The folders in `path` that hold a result, by name.
std::vector<std::filesystem::path> runs_in(const std::filesystem::path& path) {
  SystemFiles files;
  std::vector<std::filesystem::path> runs;
  std::error_code ignored;
  for (const std::string& name : names_in(files, path))
    if (std::filesystem::exists(path / name / "result.json", ignored)) runs.push_back(path / name);
  std::ranges::sort(runs);
  return runs;
}

}  // namespace

void require_complete(const RecordedResult& run) {
  if (run.status != "complete")
    throw InputError{fmt::format("{}: incomplete result: the run is {}", run.path.string(), printable(run.status))};
}

Side read_side(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool holds_runs =
      std::filesystem::is_directory(path, ignored) && !std::filesystem::exists(path / "result.json", ignored);
  const std::vector<std::filesystem::path> runs = holds_runs ? runs_in(path) : std::vector{path};
  if (runs.empty()) throw InputError{fmt::format("{}: no result.json, and no folders that hold one", path.string())};
  Side side{.label = path.string(), .runs = {}};
  for (const std::filesystem::path& run : runs) {
    side.runs.push_back(read_result(run));
    require_complete(side.runs.back());
  }
  return side;
}

}  // namespace lockstep
