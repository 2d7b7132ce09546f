#include "harness/history/database.hpp"

#include <sqlite3.h>

#include <cmath>
#include <new>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/history/file_header.hpp"

namespace lockstep {
namespace {

/// Above the largest result that is read, compressed or not.
constexpr int longest_value = static_cast<int>(300 * MiB);
constexpr std::size_t longest_text = 1000;

/// The path without links in its folder, so that SQLite can refuse one in the name.
std::filesystem::path without_links(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::filesystem::path real = std::filesystem::canonical(folder, error);
  if (error) throw IoError{fmt::format("{}: cannot open: {}", path.string(), error.message())};
  return real / path.filename();
}

/// A constraint can only be violated where the rows that are there contradict each other: what is added is looked up
/// before, in the same transaction.
bool is_about_the_content(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_FORMAT || code == SQLITE_TOOBIG ||
         code == SQLITE_MISMATCH || code == SQLITE_CONSTRAINT;
}

bool is_about_the_system(int code) {
  return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY ||
         code == SQLITE_PERM || code == SQLITE_AUTH || code == SQLITE_PROTOCOL || code == SQLITE_NOLFS;
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Database::Database(const std::filesystem::path& path, Missing missing, std::chrono::milliseconds patience)
    : path_{path}, patience_{patience} {
  if (missing == Missing::refuse || !is_missing_or_empty(path)) require_history_header(path);
  const int create = missing == Missing::create ? SQLITE_OPEN_CREATE : 0;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(without_links(path).c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | create, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  for (const auto& [option, value] :
       {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        std::pair{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, std::pair{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        std::pair{SQLITE_DBCONFIG_ENABLE_FKEY, 1}})
    sqlite3_db_config(handle, option, value, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longest_value);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  // EXTRA: the end of a transaction is on the disk, with the name of the journal gone.
  execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA synchronous = EXTRA");
}

bool Database::is_read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

Statement Database::prepare(std::string_view sql) { return {*this, handle_.get(), sql}; }

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

void Database::reject(const std::string& why) const {
  throw InputError{fmt::format("{}: not a valid history: {}", path_.string(), why)};
}

void Database::fail(int code) const {
  const int primary = code & 0xff;
  const std::string said = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  if (primary == SQLITE_NOMEM) throw std::bad_alloc{};
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
    throw IoError{fmt::format("{}: another program has held it for {}", path_.string(),
                              format_duration(std::chrono::duration_cast<Seconds>(patience_)))};
  if (is_about_the_system(primary)) throw IoError{fmt::format("{}: {}", path_.string(), said)};
  if (is_about_the_content(primary)) reject(said);
  throw InternalError{fmt::format("{}: SQLite: {} ({})", path_.string(), said, code)};
}

Statement::Statement(const Database& database, sqlite3* handle, std::string_view sql) : database_{database} {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.fail(code);
}

void Statement::reset() { sqlite3_reset(statement_.get()); }  // repeats the error of the last step, which was thrown

void Statement::bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), index, value)); }

void Statement::bind(int index, std::optional<double> value) {
  check(value ? sqlite3_bind_double(statement_.get(), index, *value) : sqlite3_bind_null(statement_.get(), index));
}

void Statement::bind(int index, std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();  // a null pointer would be NULL
  check(sqlite3_bind_text64(statement_.get(), index, text, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, std::span<const std::byte> value) {
  check(sqlite3_bind_blob64(statement_.get(), index, value.data(), value.size(), SQLITE_STATIC));
}

bool Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code);
  reset();  // its locks end here
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

std::int64_t Statement::integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_INTEGER)
    database_.reject("a value that should be an integer");
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<double> Statement::real(int column) const {
  const int type = sqlite3_column_type(statement_.get(), column);
  if (type == SQLITE_NULL) return std::nullopt;
  const double value = sqlite3_column_double(statement_.get(), column);
  if (type != SQLITE_FLOAT || !std::isfinite(value)) database_.reject("a value that should be a number");
  return value;
}

std::string Statement::sql_text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_TEXT) database_.reject("a value that should be text");
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) throw std::bad_alloc{};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::text(int column) const {
  const std::string text = sql_text(column);
  if (text.size() > longest_text) database_.reject(fmt::format("a text of {} bytes", text.size()));
  return one_plain_line(text);
}

std::span<const std::byte> Statement::bytes(int column) const {
  if (sqlite3_column_type(statement_.get(), column) != SQLITE_BLOB) database_.reject("a value that should be bytes");
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Transaction::Transaction(Database& database) : database_{database} {
  if (database.is_read_only()) throw IoError{fmt::format("{}: cannot write: read-only", database.path().string())};
  database.execute("BEGIN IMMEDIATE");  // waits for its turn here, with nothing read that could be outdated
}

Transaction::~Transaction() {
  if (!is_open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {
    // SQLite has rolled back by itself after some errors; else closing the file does.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  is_open_ = false;
}

}  // namespace lockstep
