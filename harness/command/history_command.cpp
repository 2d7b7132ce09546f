#include <unistd.h>

#include <set>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/json.hpp"
#include "harness/base/text.hpp"
#include "harness/command/commands.hpp"
#include "harness/compare/side.hpp"
#include "harness/history/history.hpp"
#include "harness/history/trend.hpp"
#include "harness/report/generator.hpp"
#include "harness/report/history_table.hpp"

namespace lockstep {
namespace {

HistoryFilter filter_of(const HistoryArguments& command) {
  return {.machine = command.machine, .name = command.name, .metric = command.metric};
}

/// All are read before the first one is added.
std::vector<Entry> read_entries(const HistoryArguments& command) {
  if (command.source &&
      (command.source->empty() || command.source->size() > 100 || *command.source != one_plain_line(*command.source)))
    throw UsageError{"--commit: expected 1 to 100 printable characters"};
  std::vector<Entry> entries;
  for (const std::filesystem::path& path : command.results)
    for (const RecordedResult& run : read_side(path).runs) entries.push_back(entry_of(run, command.source));
  return entries;
}

ExitCode add_results(const HistoryArguments& command) {
  const std::vector<Entry> entries = read_entries(command);
  const std::vector<Added> added = History{command.file, History::Missing::create}.add(entries);
  for (std::size_t i = 0; i < added.size(); ++i)
    fmt::print("result {}: run {}{}\n", added[i].id, entries[i].run,
               added[i].is_new ? " added" : " is there already; nothing was changed");
  return ExitCode::passed;
}

ExitCode list_results(const HistoryArguments& command) {
  History history{command.file};
  const std::vector<StoredResult> results = history.list(filter_of(command));
  if (command.json)
    fmt::print("{}\n", history_json(results).dump(2, ' ', false, Json::error_handler_t::replace));
  else
    print_history(stdout, results);
  return ExitCode::passed;
}

ExitCode show_result(const HistoryArguments& command) {
  History history{command.file};
  const RecordedResult result = history.load(command.id, fmt::format("{}#{}", command.file.string(), command.id));
  if (command.json)
    std::fwrite(result.text.data(), 1, result.text.size(), stdout);
  else
    print_stored(stdout, history.stored(command.id), result);
  return ExitCode::passed;
}

ExitCode set_baseline(const HistoryArguments& command) {
  const auto existing = command.force ? History::Existing::replace : History::Existing::refuse;
  History{command.file}.set_baseline(command.baseline, command.id, existing);
  fmt::print("baseline {}: result {}\n", command.baseline, command.id);
  return ExitCode::passed;
}

ExitCode list_baselines(const HistoryArguments& command) {
  History history{command.file};
  for (const NamedBaseline& baseline : history.baselines())
    fmt::print("{}: result {}\n", baseline.name, baseline.result);
  return ExitCode::passed;
}

ExitCode remove_baseline(const HistoryArguments& command) {
  History{command.file}.remove_baseline(command.baseline);
  fmt::print("baseline {} removed; its result stays\n", command.baseline);
  return ExitCode::passed;
}

/// The one machine that is plotted: values of two are no trend.
std::string one_machine(const std::vector<Trend>& trends, const HistoryArguments& command) {
  std::set<std::string> machines;
  for (const Trend& trend : trends) machines.insert(trend.series.machine);
  if (machines.empty())
    throw EnvironmentError{fmt::format("{}: no metric of a passed case matches", command.file.string())};
  std::string list;
  for (const std::string& machine : machines) list += (list.empty() ? "" : ", ") + machine;
  if (machines.size() > 1) throw UsageError{"several machines; choose one with --machine: " + list};
  return *machines.begin();
}

/// A file for the report generator, gone at the end.
class TrendFile {
 public:
  TrendFile(const std::filesystem::path& output, const std::string& text) : path_{output} {
    path_ += fmt::format(".{}.trend.json", ::getpid());
    write_file_atomically(path_, text);
  }
  ~TrendFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TrendFile(const TrendFile&) = delete;
  TrendFile& operator=(const TrendFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

ExitCode plot(const HistoryArguments& command) {
  if (command.output.empty() && command.trend.empty()) throw UsageError{"history plot: --output or --json is needed"};
  History history{command.file};
  const std::vector<Trend> trends = read_trends(history, filter_of(command));
  const std::string text =
      to_json(trends, one_machine(trends, command)).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (command.trend == "-")
    fmt::print("{}", text);
  else
    print_trends(stdout, trends);
  if (!command.trend.empty() && command.trend != "-") write_file_atomically(command.trend, text);
  if (command.output.empty()) return ExitCode::passed;
  std::fflush(stdout);  // the generator prints too
  const TrendFile data{command.output, text};
  return static_cast<ExitCode>(run_generator({"--history", data.path().string(), "--output", command.output.string()}));
}

}  // namespace

ExitCode history_command(const HistoryArguments& command) {
  switch (command.action) {
    case HistoryArguments::Action::add:
      return add_results(command);
    case HistoryArguments::Action::list:
      return list_results(command);
    case HistoryArguments::Action::show:
      return show_result(command);
    case HistoryArguments::Action::set_baseline:
      return set_baseline(command);
    case HistoryArguments::Action::list_baselines:
      return list_baselines(command);
    case HistoryArguments::Action::remove_baseline:
      return remove_baseline(command);
    case HistoryArguments::Action::plot:
      return plot(command);
  }
  throw InternalError{"an action of history without code"};
}

}  // namespace lockstep
