// A statement about a run, tested: how much was compared, the worst case seen, and the limit with its reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/measure/verdict.hpp"

namespace lockstep {

struct CheckResult {
  std::string name;
  Verdict verdict = Verdict::fail;
  std::uint64_t compared = 0;     // values, ranks or calls
  std::optional<double> worst{};  // in the unit of the limit; not set when not a number
  std::optional<double> limit{};
  std::string because{};  // why this limit; on failure also what was found where
};

/// PASS when `worst` ≤ `limit` and something was compared; a check that compared nothing fails.
CheckResult judged(std::string name, std::uint64_t compared, double worst, double limit, std::string because);

/// A failed check with what was found.
CheckResult failed(std::string name, std::uint64_t compared, std::string found);

}  // namespace lockstep
