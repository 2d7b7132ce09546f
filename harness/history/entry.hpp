// What a history keeps of one result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/recorded_result.hpp"

namespace lockstep {

struct EntryValue {
  std::string name;  // of the case
  std::string metric, scenario_hash, tier, unit, better;
  double value;
  std::optional<double> low, high;
};

struct Entry {
  std::string run;      // id of the run; "hash:" and the hash of the bytes where an older program gave none
  std::string machine;  // environment.machine_id, or a hash of processor, cores and memory where there is none
  std::string machine_text;
  std::string started, source, build_type;  // source: the commit, or what the user says it is
  std::size_t cases = 0, passed = 0;
  std::vector<EntryValue> values;  // of the cases that passed
  std::size_t size = 0;            // of the document, bytes
  std::string hash;                // of the document
  std::vector<std::byte> compressed;
};

/// `source` replaces the commit in the result. Throws InputError when the run is not complete, does
/// not say in UTC when it started, or has an emulated case.
Entry entry_of(const RecordedResult& result, const std::optional<std::string>& source);

}  // namespace lockstep
