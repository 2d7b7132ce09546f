#include "harness/history/history.hpp"

#include <algorithm>
#include <cctype>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/history/compression.hpp"
#include "harness/history/schema.hpp"

namespace lockstep {
namespace {

constexpr std::int64_t largest_document = static_cast<std::int64_t>(256 * MiB);  // as large as a result that is read
constexpr std::size_t longest_name = 100;

constexpr std::string_view columns =
    "SELECT id, run, machine, machine_text, started, source, build_type, cases, passed FROM results ";

StoredResult row_of(const Statement& row) {
  return {.id = row.integer(0),
          .run = row.text(1),
          .machine = row.text(2),
          .machine_text = row.text(3),
          .started = row.text(4),
          .source = row.text(5),
          .build_type = row.text(6),
          .cases = row.integer(7),
          .passed = row.integer(8),
          .baselines = {}};
}

[[noreturn]] void throw_no_result(const Database& database, std::int64_t id) {
  throw UsageError{fmt::format("{}: there is no result {}", database.path().string(), id)};
}

/// Numbers are ids of results, and '#' separates a name from the file in front of it.
void require_name(const std::string& name) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"._/-"}.find(static_cast<char>(c)) != std::string_view::npos;
  };
  const bool is_good = !name.empty() && name.size() <= longest_name &&
                       std::isalpha(static_cast<unsigned char>(name[0])) != 0 && std::ranges::all_of(name, is_plain);
  if (!is_good)
    throw UsageError{
        fmt::format("{} is no name of a baseline: a letter, then letters, digits, '.', '_', '/' and '-', {} at most",
                    printable(name), longest_name)};
}

}  // namespace

History::History(const std::filesystem::path& path, Missing missing, std::chrono::milliseconds patience)
    : database_{path, missing == Missing::create ? Database::Missing::create : Database::Missing::refuse, patience} {
  if (missing == Missing::create && !database_.is_read_only()) create_schema(database_);
  require_schema(database_);
}

std::vector<Added> History::add(const std::vector<Entry>& entries) {
  Transaction transaction{database_};
  std::vector<Added> added;
  for (const Entry& entry : entries) added.push_back(add_one(entry));
  transaction.commit();
  return added;
}

Added History::add_one(const Entry& entry) {
  Statement known = database_.prepare("SELECT id, hash FROM results JOIN documents ON result = id WHERE run = ?1");
  if (known.with(entry.run).next()) {
    const std::int64_t id = known.integer(0);
    if (known.text(1) == entry.hash) return {.id = id, .is_new = false};
    throw InputError{fmt::format("{}: run {} is there as result {}, with another content", database_.path().string(),
                                 entry.run, id)};
  }
  database_
      .prepare(
          "INSERT INTO results (run, machine, machine_text, started, source, build_type, cases, passed)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
      .with(entry.run, entry.machine, entry.machine_text, entry.started, entry.source, entry.build_type,
            static_cast<std::int64_t>(entry.cases), static_cast<std::int64_t>(entry.passed))
      .run();
  const std::int64_t id = database_.last_id();
  database_.prepare("INSERT INTO documents (result, size, hash, compressed) VALUES (?1, ?2, ?3, ?4)")
      .with(id, static_cast<std::int64_t>(entry.size), entry.hash, std::span{entry.compressed})
      .run();
  add_values(id, entry);
  return {.id = id, .is_new = true};
}

void History::add_values(std::int64_t id, const Entry& entry) {
  Statement find = database_.prepare(
      "SELECT id FROM series WHERE machine = ?1 AND name = ?2 AND metric = ?3 AND scenario_hash = ?4 AND tier = ?5"
      " AND build_type = ?6 AND unit = ?7 AND better = ?8");
  Statement make = database_.prepare(
      "INSERT INTO series (machine, name, metric, scenario_hash, tier, build_type, unit, better)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  Statement put =
      database_.prepare("INSERT INTO points (result, series, value, low, high) VALUES (?1, ?2, ?3, ?4, ?5)");
  for (const EntryValue& value : entry.values) {
    const auto series_with = [&](Statement& statement) -> Statement& {
      return statement.with(entry.machine, value.name, value.metric, value.scenario_hash, value.tier, entry.build_type,
                            value.unit, value.better);
    };
    std::int64_t series = 0;
    if (series_with(find).next()) {
      series = find.integer(0);
    } else {
      series_with(make).run();
      series = database_.last_id();
    }
    put.with(id, series, std::optional{value.value}, value.low, value.high).run();
  }
}

std::vector<StoredResult> History::list(const HistoryFilter& filter) {
  Statement statement =
      database_.prepare(std::string{columns} +
                        "WHERE (?1 = '' OR machine = ?1) AND ((?2 = '' AND ?3 = '') OR EXISTS ("
                        "SELECT 1 FROM points JOIN series ON series.id = series WHERE result = results.id"
                        " AND instr(name, ?2) > 0 AND instr(metric, ?3) > 0)) ORDER BY machine, started, id");
  statement.with(filter.machine, filter.name, filter.metric);
  std::vector<StoredResult> results;
  while (statement.next()) results.push_back(row_of(statement));
  for (const NamedBaseline& baseline : baselines()) {
    const auto found = std::ranges::find(results, baseline.result, &StoredResult::id);
    if (found != results.end()) found->baselines.push_back(baseline.name);
  }
  return results;
}

StoredResult History::stored(std::int64_t id) {
  Statement statement = database_.prepare(std::string{columns} + "WHERE id = ?1");
  if (!statement.with(id).next()) throw_no_result(database_, id);
  StoredResult result = row_of(statement);
  for (const NamedBaseline& baseline : baselines())
    if (baseline.result == id) result.baselines.push_back(baseline.name);
  return result;
}

RecordedResult History::load(std::int64_t id, const std::filesystem::path& where) {
  Statement statement = database_.prepare("SELECT size, hash, compressed FROM documents WHERE result = ?1");
  if (!statement.with(id).next()) throw_no_result(database_, id);
  const std::int64_t size = statement.integer(0);
  if (size < 0 || size > largest_document) database_.reject(fmt::format("result {} of {} bytes", id, size));
  std::optional<std::string> text = decompress(statement.bytes(2), static_cast<std::size_t>(size));
  if (!text || format_hash(hash_text(*text)) != statement.text(1))
    database_.reject(fmt::format("result {} is damaged", id));
  return parse_result(std::move(*text), where);
}

void History::set_baseline(const std::string& name, std::int64_t id, Existing existing) {
  require_name(name);
  Transaction transaction{database_};
  (void)stored(id);
  Statement find = database_.prepare("SELECT result FROM baselines WHERE name = ?1");
  if (find.with(name).next() && existing == Existing::refuse)
    throw UsageError{fmt::format("{}: baseline {} is there already, it is result {}; --force replaces it",
                                 database_.path().string(), name, find.integer(0))};
  database_.prepare("INSERT OR REPLACE INTO baselines (name, result) VALUES (?1, ?2)").with(name, id).run();
  transaction.commit();
}

std::vector<NamedBaseline> History::baselines() {
  Statement statement = database_.prepare("SELECT name, result FROM baselines ORDER BY name");
  std::vector<NamedBaseline> all;
  while (statement.next()) all.push_back({.name = statement.text(0), .result = statement.integer(1)});
  return all;
}

std::int64_t History::baseline(const std::string& name) {
  Statement statement = database_.prepare("SELECT result FROM baselines WHERE name = ?1");
  if (!statement.with(name).next())
    throw UsageError{fmt::format("{}: there is no baseline {}", database_.path().string(), printable(name))};
  return statement.integer(0);
}

void History::remove_baseline(const std::string& name) {
  Transaction transaction{database_};
  (void)baseline(name);
  database_.prepare("DELETE FROM baselines WHERE name = ?1").with(name).run();
  transaction.commit();
}

}  // namespace lockstep
