// A result.json as it was read back: typed, checked, and harmless to print.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.hpp"
#include "harness/measure/metric.hpp"
#include "harness/measure/verdict.hpp"

namespace lockstep {

struct RecordedCheck {
  std::string name;
  Verdict verdict = Verdict::error;
  std::uint64_t compared = 0;
  std::optional<double> worst, limit;
  std::string because;
};

struct RecordedMetric {
  std::string name;
  std::string unit;
  Better better = Better::none;
  std::optional<double> value, low, high;
  std::vector<double> blocks;  // one per independent unit, in the order measured; `value` is their median
  bool exact = false;          // the same in every run of the same program
  std::string definition;
};

struct RecordedBandwidth {
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  std::string type;
  std::string redop;
  std::int64_t root = -1;
  bool in_place = false;
  std::optional<double> seconds, algbw, busbw;  // s, B/s, B/s
  std::uint64_t wrong = 0;
};

struct RecordedMemory {
  std::uint64_t device = 0;
  std::string use;
  std::uint64_t peak_bytes = 0;
};

struct RecordedCase {
  std::string name;
  std::string scenario;
  std::string scenario_hash;
  std::string family;
  std::string question;
  std::vector<std::pair<std::string, std::string>> axes;
  std::string tier;
  Verdict verdict = Verdict::error;
  std::string reason;
  std::optional<std::uint64_t> devices, global_batch;  // not set in results of older programs
  std::string precision, strategy;                     // likewise empty
  std::uint64_t repetitions = 0;                       // least number of blocks that the scenario asks for
  std::vector<RecordedCheck> checks;
  std::vector<RecordedMetric> metrics;  // "peak_memory.1" among them: the peak of device 1 from the table of memory
  std::vector<RecordedBandwidth> bandwidth;
  std::vector<RecordedMemory> memory;
  std::vector<std::string> findings;
  double duration_s = 0;
};

struct RecordedResult {
  std::filesystem::path path;  // of the file
  std::string run_id;          // empty in results of older programs
  std::string started;         // UTC, ISO 8601
  std::string status;          // "complete", "running", "interrupted"
  std::vector<std::string> command;
  Json tool;
  Json environment;
  std::vector<RecordedCase> cases;
  std::string text;  // the bytes of the file
};

/// Reads a result.json, or the one in a folder. Throws IoError when it cannot be read, InputError with file and path of
/// keys when it is anything but a result: not JSON, of another schema, a number that is none, a case or metric twice, a
/// time that is not positive, a value that is not the median of its blocks, a passed check that compared nothing.
RecordedResult read_result(const std::filesystem::path& path);

/// The same from the bytes of a file, named `where` in messages.
RecordedResult parse_result(std::string text, const std::filesystem::path& where);

}  // namespace lockstep
