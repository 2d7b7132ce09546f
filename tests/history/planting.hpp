// Histories for tests, and other programs' hands in them.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "harness/history/history.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {

/// A run with one timed case.
inline Json run_json(const std::string& id, double step_time = 0.1) {
  return result_json(id, {timed_case_json("one", noisy_blocks(step_time, 0.01, 12, 1))});
}

inline Entry entry(const Json& result) { return entry_of(recorded(result), std::nullopt); }

/// Adds it, and returns its id.
inline std::int64_t add(History& history, const Json& result) { return history.add({entry(result)}).front().id; }

/// Runs SQL without any of the history's protection.
inline void plant(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  const bool is_open = sqlite3_open(file.c_str(), &handle) == SQLITE_OK;
  const int code = is_open ? sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) : SQLITE_CANTOPEN;
  const std::string message = sqlite3_errmsg(handle);
  sqlite3_close(handle);
  if (code != SQLITE_OK) throw std::runtime_error{sql + ": " + message};
}

}  // namespace lockstep
