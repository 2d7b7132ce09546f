#include "kernels/clipping.hpp"

#include <algorithm>
#include <cmath>

#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/distance.hpp"

namespace lockstep {
namespace {

constexpr double unit_of_double = 0x1p-53;

/// Half a unit of the last digit, relative, and the smallest number.
struct Rounding {
  double unit;
  double smallest;
};

Rounding rounding_of(DType dtype) {
  if (dtype == DType::f64) return {unit_of_double, 0x1p-1074};
  // By way of float: two roundings.
  if (dtype == DType::bf16) return {0x1p-8 + 0x1p-23, 0x1p-133};
  return {0x1p-24, 0x1p-149};
}

struct Worst {
  std::uint64_t compared = 0;
  std::uint64_t clipped = 0;  // updates
  std::uint64_t updates = 0;
  double share = 0;  // of the bound
  std::string where;

  void note(double error, double bound, const std::string& what) {
    ++compared;
    const double found = error == 0 ? 0 : error / bound;
    if (found <= share || std::isnan(share)) return;  // NaN is noted, and stays
    share = found;
    where = what;
  }
};

void compare(const RankRecord& rank, double clip_norm, DType dtype, const std::string& who, Worst& worst) {
  const double norm = l2_norm(rank.reduced);
  const double factor = std::min(1.0, clip_norm / (norm + kernels::clip_epsilon));
  const auto [unit, smallest] = rounding_of(dtype);
  // Two sums of the same squares in different orders: each is off by at most a rounding for each term.
  const double of_norm = (2 * static_cast<double>(rank.reduced.size()) + 8) * unit_of_double;
  ++worst.updates;
  worst.clipped += factor < 1 ? 1 : 0;
  worst.note(std::fabs(rank.gradient_norm - norm), of_norm * norm,
             fmt::format("{}: the norm is {}, the optimizer found {}", who, norm, rank.gradient_norm));
  for (std::size_t i = 0; i < rank.reduced.size(); ++i) {
    const double expected = factor * rank.reduced[i];
    const double bound = factor < 1 ? (unit + of_norm) * std::fabs(expected) + smallest : 0;
    const double error = std::fabs(rank.gradients[i] - expected);
    worst.note(
        error, bound,
        fmt::format("{}, gradient {}: {} of {} instead of {}", who, i, rank.gradients[i], rank.reduced[i], expected));
  }
}

}  // namespace

CheckResult check_clipping(const Recording& run) {
  constexpr const char* name = "evidence:clipping";
  Worst worst;
  for (std::size_t step = 0; step < run.steps.size(); ++step)
    for (std::size_t rank = 0; rank < run.steps[step].ranks.size(); ++rank) {
      const RankRecord& record = run.steps[step].ranks[rank];
      if (!record.updates) continue;
      const std::string who = fmt::format("step {}, rank {}", step, rank);
      if (record.reduced.empty() || record.reduced.size() != record.gradients.size())
        return failed(name, worst.compared, who + ": no gradients from before they were clipped");
      compare(record, run.clip_norm, run.dtype, who, worst);
    }
  CheckResult result =
      judged(name, worst.compared, worst.share, 1,
             fmt::format("share used of the roundings of scaling by min(1, {}/(norm + 1e-6)), which {} of {} updates "
                         "did; the others changed no bit",
                         run.clip_norm, worst.clipped, worst.updates));
  if (result.verdict == Verdict::fail) result.because += "; worst at " + worst.where;
  return result;
}

}  // namespace lockstep
