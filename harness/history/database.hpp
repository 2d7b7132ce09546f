// One SQLite file and its statements, with typed errors. What a file holds is hostile: every value is asked for its
// type.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lockstep {

/// How long a program that holds the file is waited for.
inline constexpr std::chrono::milliseconds patience_with_writers{10'000};

class Statement;

/// Of SQLite's errors, those that the content of the file causes are InputError, those of the operating system (locked,
/// full, read-only) IoError, both with the path; anything else is an InternalError.
class Database {
 public:
  enum class Missing { refuse, create };

  /// Opens a regular file; no link, pipe or folder. Nothing in it can run: no triggers, no views, no functions with
  /// side effects, no other file is attached.
  Database(const std::filesystem::path& path, Missing missing, std::chrono::milliseconds patience);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool is_read_only() const;

  void execute(const std::string& sql);
  [[nodiscard]] Statement prepare(std::string_view sql);
  [[nodiscard]] std::int64_t last_id() const;

  /// Throws for what the last call returned.
  [[noreturn]] void fail(int code) const;
  /// The file holds what this program does not write.
  [[noreturn]] void reject(const std::string& why) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::filesystem::path path_;
  std::chrono::milliseconds patience_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. The database must outlive it.
class Statement {
 public:
  Statement(const Database& database, sqlite3* handle, std::string_view sql);

  /// Starts anew with these values, the first one is ?1. Texts and bytes must live as long as it runs.
  template <typename... Values>
  Statement& with(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// Moves to the next row; false after the last one.
  bool next();
  /// For statements without rows.
  void run();

  // Columns of the row, from 0. Another type is an InputError.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<double> real(int column) const;        // finite
  [[nodiscard]] std::string text(int column) const;                  // one harmless line of at most 1000 bytes
  [[nodiscard]] std::string sql_text(int column) const;              // as it is
  [[nodiscard]] std::span<const std::byte> bytes(int column) const;  // until the next row

 private:
  void reset();
  void bind(int index, std::int64_t value);
  void bind(int index, std::optional<double> value);
  void bind(int index, std::string_view value);
  void bind(int index, std::span<const std::byte> value);
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// The only writer of the file from its start to its end; without commit() nothing has happened.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// When it has returned, what was written survives a crash of the machine.
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace lockstep
