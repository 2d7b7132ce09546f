#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

/// The `index`-th element of captured values, in double.
double element(const std::vector<std::byte>& values, DType dtype, std::size_t index) {
  return visit_float(dtype, [&]<typename T>(T value) {
    std::memcpy(&value, values.data() + index * sizeof value, sizeof value);
    return static_cast<double>(value);
  });
}

/// Of a float type: what one rounding changes a number by at most, relative to it, and its smallest number.
struct Rounding {
  double unit;
  double smallest;
};

Rounding rounding_of(DType dtype) {
  if (dtype == DType::f64) return {0x1p-53, 0x1p-1074};
  if (dtype == DType::bf16) return {0x1p-8, 0x1p-133};
  return {0x1p-24, 0x1p-149};
}

/// How far a sum over `ranks` terms may be from `sum`, with `magnitude` = Σ|terms|.
double bound_of(const CapturedCall& call, double ranks, double sum, double magnitude) {
  const auto of_sums_in = [&](DType dtype) {
    const auto [unit, smallest] = rounding_of(dtype);
    return (ranks - 1) * unit * magnitude + ranks * smallest;
  };
  if (call.dtype != DType::bf16 || !call.in_rank_order) return of_sums_in(call.dtype);
  // Summed in f32 and rounded once.
  const double before = of_sums_in(DType::f32);
  const auto [unit, smallest] = rounding_of(DType::bf16);
  return before + unit * (std::fabs(sum) + before) + smallest;
}

struct Worst {
  std::uint64_t compared = 0;
  double share = 0;  // of the bound
  std::string where;
};

/// One sum over the ranks that took part: `calls[r]` is rank r's side of it.
void compare_sum(std::span<const CapturedCall* const> calls, const std::string& place, Worst& worst) {
  const CapturedCall& first = *calls[0];
  const auto ranks = static_cast<double>(calls.size());
  const std::size_t count = first.before.size() / size_of(first.dtype);
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    double magnitude = 0;
    for (const CapturedCall* call : calls) {
      const double term = element(call->before, call->dtype, i);
      sum += term;
      magnitude += std::fabs(term);
    }
    const double bound = bound_of(first, ranks, sum, magnitude);
    for (std::size_t rank = 0; rank < calls.size(); ++rank) {
      if (first.kind == Collective::reduce && static_cast<int>(rank) != first.root) continue;
      const double error = std::fabs(element(calls[rank]->after, first.dtype, i) - sum);
      const double share = error / bound;
      ++worst.compared;
      if (share <= worst.share || std::isnan(worst.share)) continue;  // NaN is noted, and stays
      worst.share = share;
      worst.where = fmt::format("{}, rank {}, element {}: {} instead of {}", place, rank, i,
                                element(calls[rank]->after, first.dtype, i), sum);
    }
  }
}

std::string of_bf16(const Recording& run) {
  if (run.dtype != DType::bf16) return {};
  return "; of bf16 where our own collectives sum: that of float32, and one rounding to bf16";
}

std::vector<const CapturedCall*> sums_of(const RankRecord& rank) {
  std::vector<const CapturedCall*> sums;
  for (const CapturedCall& call : rank.calls)
    if (call.kind == Collective::all_reduce || call.kind == Collective::reduce) sums.push_back(&call);
  return sums;
}

}  // namespace

CheckResult check_reduction(const Recording& run) {
  Worst worst;
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    std::vector<std::vector<const CapturedCall*>> sums;  // of each rank
    for (const RankRecord& rank : run.steps[step].ranks) sums.push_back(sums_of(rank));
    const auto differ = [&](std::size_t index) {
      return failed("reduction", worst.compared, fmt::format("step {}: ranks differ in their sum #{}", step, index));
    };
    if (sums.empty() || sums[0].empty())
      return failed("reduction", worst.compared, fmt::format("step {}: no gradient was summed by rank 0", step));
    // A group is the first so many ranks, and not of every micro-batch the same: rank 0 is in all of them.
    std::vector<std::size_t> next(sums.size(), 0);
    for (std::size_t index = 0; index < sums[0].size(); ++index) {
      const auto group = static_cast<std::size_t>(sums[0][index]->ranks);
      if (group > sums.size()) return differ(index);
      std::vector<const CapturedCall*> calls;
      for (std::size_t rank = 0; rank < group; ++rank) {
        if (next[rank] == sums[rank].size()) return differ(index);
        calls.push_back(sums[rank][next[rank]++]);
      }
      const auto is_another = [&](const CapturedCall* call) {
        return call->ranks != calls[0]->ranks || call->before.size() != calls[0]->before.size();
      };
      if (std::ranges::any_of(calls, is_another)) return differ(index);
      compare_sum(calls, fmt::format("step {}, sum #{}", step, index), worst);
    }
    for (std::size_t rank = 0; rank < sums.size(); ++rank)
      if (next[rank] != sums[rank].size()) return differ(sums[0].size());
  }
  CheckResult result =
      judged("reduction", worst.compared, worst.share, 1,
             fmt::format("share of (n-1)*u*sum|g| used, the bound of a sum in any order{}", of_bf16(run)));
  if (result.verdict == Verdict::fail) result.because += "; worst at " + worst.where;
  return result;
}

}  // namespace lockstep
