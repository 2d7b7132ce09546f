// A history for people at a terminal. Nothing here throws when it cannot be printed; the stream remembers.
#pragma once

#include <cstdio>
#include <vector>

#include "harness/base/json.hpp"
#include "harness/history/trend.hpp"

namespace lockstep {

/// Results by machine and commit, one line each.
void print_history(std::FILE* out, const std::vector<StoredResult>& results);
/// The same as a list of objects.
Json history_json(const std::vector<StoredResult>& results);

/// One result: where it comes from, its cases and their metrics.
void print_stored(std::FILE* out, const StoredResult& stored, const RecordedResult& result);

/// The changes of each series, and how many series are too short to find any.
void print_trends(std::FILE* out, const std::vector<Trend>& trends);

}  // namespace lockstep
