#include "harness/history/schema.hpp"

#include <set>
#include <tuple>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/history/file_header.hpp"

namespace lockstep {
namespace {

constexpr std::int64_t version = 1;

// Ids are not used again. Points of a result lie together, because they are written together.
constexpr const char* tables = R"sql(
CREATE TABLE results (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL UNIQUE,
  machine TEXT NOT NULL,
  machine_text TEXT NOT NULL,
  started TEXT NOT NULL,
  source TEXT NOT NULL,
  build_type TEXT NOT NULL,
  cases INTEGER NOT NULL,
  passed INTEGER NOT NULL
) STRICT;
CREATE INDEX results_by_machine ON results (machine, started, id);
CREATE TABLE documents (
  result INTEGER PRIMARY KEY REFERENCES results,
  size INTEGER NOT NULL,
  hash TEXT NOT NULL,
  compressed BLOB NOT NULL
) STRICT;
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  machine TEXT NOT NULL,
  name TEXT NOT NULL,
  metric TEXT NOT NULL,
  scenario_hash TEXT NOT NULL,
  tier TEXT NOT NULL,
  build_type TEXT NOT NULL,
  unit TEXT NOT NULL,
  better TEXT NOT NULL,
  UNIQUE (machine, name, metric, scenario_hash, tier, build_type, unit, better)
) STRICT;
CREATE TABLE points (
  result INTEGER NOT NULL REFERENCES results,
  series INTEGER NOT NULL REFERENCES series,
  value REAL NOT NULL,
  low REAL,
  high REAL,
  PRIMARY KEY (result, series)
) STRICT, WITHOUT ROWID;
CREATE TABLE baselines (
  name TEXT PRIMARY KEY,
  result INTEGER NOT NULL REFERENCES results
) STRICT;
)sql";

std::int64_t pragma(Database& database, const std::string& name) {
  Statement statement = database.prepare("PRAGMA " + name);
  if (!statement.next()) database.reject("no " + name);
  return statement.integer(0);
}

using Objects = std::set<std::tuple<std::string, std::string, std::string>>;

/// Kind, name and definition of everything that a database declares.
Objects objects_of(Database& database) {
  Statement statement = database.prepare("SELECT type, name, ifnull(sql, '') FROM sqlite_schema LIMIT 100");
  Objects objects;
  while (statement.next()) objects.emplace(statement.sql_text(0), statement.sql_text(1), statement.sql_text(2));
  return objects;
}

/// As SQLite words the definitions above; it keeps their text.
bool is_declared(const std::string& definition) {
  return definition.empty() || definition == "CREATE TABLE sqlite_sequence(name,seq)" ||
         std::string_view{tables}.find(definition + ";") != std::string_view::npos;
}

std::size_t count_of_definitions() {
  std::size_t count = 0;
  const std::string_view all = tables;
  for (std::size_t at = all.find("CREATE "); at != std::string_view::npos; at = all.find("CREATE ", at + 1)) ++count;
  return count;
}

bool is_empty(Database& database) { return pragma(database, "application_id") == 0 && objects_of(database).empty(); }

}  // namespace

void create_schema(Database& database) {
  Transaction transaction{database};
  if (!is_empty(database)) return;  // somebody else was first, or it is a file of somebody else's
  database.execute(tables);
  database.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", history_application_id, version));
  transaction.commit();
}

void require_schema(Database& database) {
  if (pragma(database, "application_id") != history_application_id)
    database.reject("an SQLite database of another program");
  const std::int64_t found = pragma(database, "user_version");
  if (found > version)
    database.reject(fmt::format("version {}, of a newer lockstep; this one knows version {}", found, version));
  if (found != version) database.reject(fmt::format("version {}", found));
  std::size_t definitions = 0;
  for (const auto& [kind, name, definition] : objects_of(database)) {
    if (!is_declared(definition)) database.reject(fmt::format("an unknown {} {}", kind, printable(name)));
    if (definition.starts_with("CREATE ") && name != "sqlite_sequence") ++definitions;
  }
  if (definitions != count_of_definitions()) database.reject("tables are missing");
}

}  // namespace lockstep
