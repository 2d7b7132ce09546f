// The result of a session on disk, complete after every case.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/result_json.hpp"

namespace lockstep {

inline constexpr int result_schema_version = 1;

/// Owns DIRECTORY/result.json and DIRECTORY/samples.jsonl. Holds a lock on the directory while it lives.
class ResultFile {
 public:
  enum class Existing { refuse, replace, resume };

  /// Creates the directory. Throws IoError when it cannot be written, is in use by another process, or holds a result
  /// and `existing` is refuse; InputError when a result to resume cannot be read.
  ResultFile(std::filesystem::path directory, Existing existing, std::vector<std::string> command);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// The finished case of this name and scenario hash from the result that is resumed; null when it must be run.
  [[nodiscard]] const Json* finished(const Json& identity) const;

  void add_sample(const Json& sample);
  /// Adds a case and saves.
  void add_case(Json result);
  /// Saves with the final status, "complete" or "interrupted".
  void finish(std::string_view status, int exit_code);

  [[nodiscard]] const Json& cases() const { return document_["cases"]; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  void lock();
  void load_previous();
  void save();

  std::filesystem::path directory_;
  int lock_ = -1;
  std::vector<Json> previous_;
  Json document_;
  double started_;  // steady clock, seconds
};

}  // namespace lockstep
