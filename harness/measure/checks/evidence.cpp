#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

bool has_finite_non_zero(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); }) &&
         std::ranges::any_of(values, [](double v) { return v != 0; });
}

CheckResult check_gradients(const Recording& run) {
  std::uint64_t compared = 0;
  double dead = 0;
  for (const StepRecord& step : run.steps)
    for (const RankRecord& rank : step.ranks)
      if (rank.updates) ++compared, dead += has_finite_non_zero(rank.gradients) ? 0 : 1;
  return judged("evidence:gradients", compared, dead, 0, "gradients are finite and not all zero in every step");
}

CheckResult check_movement(const Recording& run) {
  std::uint64_t compared = 0;
  double still = 0;
  if (!run.steps.empty())
    for (const RankRecord& rank : run.steps.back().ranks)
      if (rank.updates) ++compared, still += rank.parameters == run.initial_parameters ? 1 : 0;
  return judged("evidence:movement", compared, still, 0, "parameters moved from where they started");
}

/// The collectives of one step, as (kind, bytes).
using Calls = std::vector<std::pair<Collective, std::size_t>>;

Calls expected_calls(const Recording& run, const StepRecord& step, std::size_t rank) {
  const std::size_t element = size_of(run.dtype);
  const std::size_t parameters = run.parameter_offsets.back() * element;
  const Calls buffers =
      run.buffer_elements == 0 ? Calls{} : Calls{{Collective::broadcast, run.buffer_elements * element}};
  if (run.strategy == "dp") {
    Calls calls;
    for (const MicroBatch& micro : step.micro_batches) {
      if (rank >= devices_up_to_last(micro.pieces)) continue;
      const std::size_t inputs = micro.rows() * run.input_width * size_of(run.input_dtype);
      const std::size_t outputs = micro.rows() * run.output_width * element;
      calls.insert(calls.end(), {{Collective::scatter, inputs}, {Collective::broadcast, parameters}});
      calls.insert(calls.end(), buffers.begin(), buffers.end());
      calls.insert(calls.end(),
                   {{Collective::gather, outputs}, {Collective::scatter, outputs}, {Collective::reduce, parameters}});
    }
    return calls;
  }
  Calls calls = run.strategy == "ddp" ? buffers : Calls{};
  for (const std::size_t elements : run.bucket_elements) calls.emplace_back(Collective::all_reduce, elements * element);
  return calls;
}

CheckResult check_collectives(const Recording& run) {
  std::uint64_t compared = 0;
  double wrong = 0;
  std::string first;
  for (std::size_t step = 0; step < run.steps.size(); ++step)
    for (std::size_t rank = 0; rank < run.steps[step].ranks.size(); ++rank) {
      Calls calls;
      for (const CapturedCall& call : run.steps[step].ranks[rank].calls) calls.emplace_back(call.kind, call.bytes);
      ++compared;
      if (calls == expected_calls(run, run.steps[step], rank)) continue;
      if (wrong++ == 0) first = fmt::format("; first: step {}, rank {} made {} calls", step, rank, calls.size());
    }
  const std::size_t covered = std::accumulate(run.bucket_elements.begin(), run.bucket_elements.end(), std::size_t{0});
  const std::size_t gradients = run.parameter_offsets.empty() ? 0 : run.parameter_offsets.back();
  if (run.strategy == "ddp" && covered != gradients)
    return failed("evidence:collectives", compared, fmt::format("buckets hold {} of {} gradients", covered, gradients));
  return judged("evidence:collectives", compared, wrong, 0,
                "each step makes the collectives of its strategy with their bytes" + first);
}

}  // namespace

std::vector<CheckResult> check_evidence(const Recording& run) {
  std::vector<CheckResult> results{check_gradients(run), check_movement(run), check_collectives(run)};
  if (run.clip_norm > 0) results.push_back(check_clipping(run));
  return results;
}

}  // namespace lockstep
