// What a case came to: everything that result.json says of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/faults/score.hpp"
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
  std::optional<std::size_t> predicted_bytes{};  // of the peak, before anything ran
};

/// A batch that was tried to find the largest that fits.
struct TriedBatch {
  std::size_t batch;  // of all devices together
  std::size_t micro_batches;
  std::optional<std::size_t> peak_bytes;  // on the device that held most, when it fits
  std::string reason;                     // why not, when it does not fit
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
  std::vector<TriedBatch> trials{};
  std::vector<TriedFault> faults{};
  std::vector<std::string> findings{};  // what the numbers say, each in one sentence computed from them
};

/// The verdict that the checks amount to: FAIL if one failed, else INVALID or INCONCLUSIVE if one is, else PASS;
/// without any check that compared something, FAIL. The reason names the checks that decided.
void conclude(CaseResult& result);

}  // namespace lockstep
