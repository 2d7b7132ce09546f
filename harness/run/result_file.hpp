// The result of a session on disk, complete after every case.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/run/environment.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {

inline constexpr int result_schema_version = 1;

/// Owns DIRECTORY/result.json and DIRECTORY/samples.jsonl. Holds a lock on the directory while it lives.
class ResultFile {
 public:
  enum class Existing { refuse, replace, resume };

  /// Creates the directory. Throws IoError when it cannot be written, is in use by another process, or holds a result
  /// and `existing` is refuse; InputError when a result to resume cannot be read or is from another build or machine.
  /// Home folders in `command` are written as "~".
  ResultFile(const std::filesystem::path& directory, Existing existing, std::vector<std::string> command,
             HostName host_name = HostName::left_out, CudaLibraries cuda = CudaLibraries::left_alone);

  /// The finished case of this name and scenario hash from the result that is resumed; null when it must be run.
  [[nodiscard]] const Json* finished(const Json& identity) const;

  /// Drops what the resumed result has of this case, its samples included.
  void start_case(const Json& identity);
  void add_sample(const Json& sample);
  /// Adds a case and saves.
  void add_case(Json result);
  /// Saves with the final status, "complete" or "interrupted".
  void finish(std::string_view status, int exit_code);

  [[nodiscard]] const Json& cases() const { return document_["cases"]; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  /// Held by one process at a time; the operating system releases it when that process ends.
  class Lock {
   public:
    explicit Lock(const std::filesystem::path& directory);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int descriptor_;
  };

  void load_previous();
  /// Rewrites samples.jsonl with the lines of these cases; a line that a crash cut off goes too.
  void keep_samples(const std::function<bool(const std::string& name)>& of);
  void save();

  std::filesystem::path directory_;
  Lock lock_;
  Json document_;
  double started_;  // steady clock, seconds
};

}  // namespace lockstep
