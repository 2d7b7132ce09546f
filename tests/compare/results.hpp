// Results as Lockstep writes them, made up for tests of what reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/json.hpp"
#include "harness/compare/side.hpp"

namespace lockstep {

/// Block medians around `center` seconds with this relative scatter (normal).
std::vector<double> noisy_blocks(double center, double scatter, std::size_t count, std::uint64_t seed);

/// A timed metric with its median and these blocks.
Json metric_json(const std::string& name, const std::string& unit, const std::string& better,
                 const std::vector<double>& blocks);
Json exact_metric_json(const std::string& name, const std::string& unit, const std::string& better, double value);

/// A passed case of family speedup on two devices with these metrics.
Json case_json(const std::string& name, std::vector<Json> metrics);
/// Likewise with a step_time of these blocks.
Json timed_case_json(const std::string& name, const std::vector<double>& blocks);

/// A complete run with its own id.
Json result_json(const std::string& run_id, std::vector<Json> cases);

RecordedResult recorded(const Json& result);
/// A side of these runs.
Side side_of(std::vector<Json> results);

/// A folder of its own below the temporary folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes a file in it and returns its path; folders in `name` are made.
  [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& text) const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace lockstep
