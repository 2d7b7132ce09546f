// What a case came to: everything that result.json says of it.
#pragma once

#include <string>
#include <vector>

#include "harness/measure/bandwidth.hpp"
#include "harness/measure/breakdown.hpp"
#include "harness/measure/check.hpp"
#include "harness/measure/metric.hpp"
#include "harness/measure/waits.hpp"

namespace lockstep {

struct MemoryUse {
  std::size_t device;
  std::string_view use;  // of use_names, or "total"
  std::size_t peak_bytes;
  std::size_t current_bytes;
};

/// Rank 0's collectives, averaged over the steps.
struct TrafficPerStep {
  std::string_view collective;
  double calls;
  double bytes;
};

struct CaseResult {
  Verdict verdict = Verdict::error;
  std::string reason{};
  std::vector<CheckResult> checks{};
  std::vector<Metric> metrics{};
  std::vector<PhaseTime> phases{};
  std::vector<MemoryUse> memory{};
  std::vector<std::vector<std::size_t>> pieces{};  // distinct splits of a global batch, in rows per device
  std::vector<TrafficPerStep> traffic{};
  std::vector<BandwidthRow> bandwidth{};
  std::vector<RankWait> waits{};
  std::vector<std::string> findings{};  // what the numbers say, each in one sentence computed from them
};

/// The verdict that the checks amount to: FAIL if one failed, else INVALID or INCONCLUSIVE if one is, else PASS;
/// without any check that compared something, FAIL. The reason names the checks that decided.
void conclude(CaseResult& result);

}  // namespace lockstep
