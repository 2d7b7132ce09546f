#include <algorithm>
#include <cmath>
#include <cstring>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

/// The `index`-th element of captured values, in double.
double element(const std::vector<std::byte>& values, DType dtype, std::size_t index) {
  if (dtype == DType::f64) {
    double value = 0;
    std::memcpy(&value, values.data() + index * sizeof value, sizeof value);
    return value;
  }
  float value = 0;
  std::memcpy(&value, values.data() + index * sizeof value, sizeof value);
  return static_cast<double>(value);
}

struct Worst {
  std::uint64_t compared = 0;
  double share = 0;  // of the bound
  std::string where;
};

/// One sum over the ranks that took part: `calls[r]` is rank r's side of it.
void compare_sum(std::span<const CapturedCall* const> calls, const std::string& place, Worst& worst) {
  const CapturedCall& first = *calls[0];
  const double unit = first.dtype == DType::f64 ? 0x1p-53 : 0x1p-24;
  const double smallest = first.dtype == DType::f64 ? 0x1p-1074 : 0x1p-149;
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
    const double bound = (ranks - 1) * unit * magnitude + ranks * smallest;
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
    std::vector<std::vector<const CapturedCall*>> sums;  // by rank that took part
    for (const RankRecord& rank : run.steps[step].ranks)
      if (auto calls = sums_of(rank); !calls.empty()) sums.push_back(std::move(calls));
    if (sums.empty()) return failed("reduction", worst.compared, fmt::format("step {}: no gradient was summed", step));
    for (std::size_t index = 0; index < sums[0].size(); ++index) {
      std::vector<const CapturedCall*> calls;
      for (const auto& rank : sums)
        if (index < rank.size()) calls.push_back(rank[index]);
      const auto differs = [&](const CapturedCall* call) { return call->before.size() != calls[0]->before.size(); };
      if (static_cast<int>(calls.size()) != calls[0]->ranks || std::ranges::any_of(calls, differs))
        return failed("reduction", worst.compared, fmt::format("step {}: ranks differ in their sum #{}", step, index));
      compare_sum(calls, fmt::format("step {}, sum #{}", step, index), worst);
    }
  }
  CheckResult result = judged("reduction", worst.compared, worst.share, 1,
                              "share of (n-1)*u*sum|g| used, the bound of a float32 sum in any order");
  if (result.verdict == Verdict::fail) result.because += "; worst at " + worst.where;
  return result;
}

}  // namespace lockstep
