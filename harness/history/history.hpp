// The results of many runs in one SQLite file. A killed program or a full disk leaves what was there before, and any
// number of programs may add to it at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/recorded_result.hpp"
#include "harness/history/database.hpp"
#include "harness/history/entry.hpp"

namespace lockstep {

struct StoredResult {
  std::int64_t id = 0;
  std::string run, machine, machine_text, started, source, build_type;
  std::int64_t cases = 0, passed = 0;
  std::vector<std::string> baselines;  // the names it was given
};

struct NamedBaseline {
  std::string name;
  std::int64_t result = 0;
};

struct Added {
  std::int64_t id = 0;
  bool is_new = false;  // false: the same result was there, and nothing was changed
};

/// Which results or series: those of this machine, with these texts in the name of a case and of a metric. Empty: all.
struct HistoryFilter {
  std::string machine, name, metric;
};

/// Everything throws IoError and InputError with the path of the file.
class History {
 public:
  enum class Missing { refuse, create };

  /// `create` also makes the file a history where it is empty or not there.
  explicit History(const std::filesystem::path& path, Missing missing = Missing::refuse,
                   std::chrono::milliseconds patience = patience_with_writers);

  /// All of them, or none when one of them fails. Throws InputError when a run is there with another content.
  std::vector<Added> add(const std::vector<Entry>& entries);

  /// By machine, then in the order of their start.
  [[nodiscard]] std::vector<StoredResult> list(const HistoryFilter& filter = {});
  /// Throws UsageError when there is no such result.
  [[nodiscard]] StoredResult stored(std::int64_t id);
  /// The result as it was added, named `where` in messages. Throws UsageError when there is none.
  [[nodiscard]] RecordedResult load(std::int64_t id, const std::filesystem::path& where);

  enum class Existing { refuse, replace };
  /// A name begins with a letter. Throws UsageError when it does not, it is taken, or there is no such result.
  void set_baseline(const std::string& name, std::int64_t id, Existing existing);
  [[nodiscard]] std::vector<NamedBaseline> baselines();
  /// Throws UsageError when there is no such name.
  [[nodiscard]] std::int64_t baseline(const std::string& name);
  void remove_baseline(const std::string& name);

  [[nodiscard]] Database& database() { return database_; }

 private:
  Added add_one(const Entry& entry);
  void add_values(std::int64_t id, const Entry& entry);

  Database database_;
};

}  // namespace lockstep
