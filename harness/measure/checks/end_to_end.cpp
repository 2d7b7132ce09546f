#include <algorithm>

#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/distance.hpp"

namespace lockstep {
namespace {

constexpr const char* of_f32 =
    "relative L2 distance per tensor of the first steps on kink-safe data; 8 times the largest of correct runs";
constexpr const char* of_bf16 =
    "relative L2 distance per tensor of the first steps without kinks, bf16 rounds each number by up to 2^-8 and "
    "losses "
    "count 8-fold; 3 times the largest of correct runs";

CheckResult compare(const std::string& name, const Recording& run, const Recording& reference) {
  if (run.steps.size() != reference.steps.size()) return failed(name, 0, "another number of steps than the reference");
  WorstDistance worst{run.dtype};
  for (std::size_t step = 0; step < std::min(run.steps.size(), compared_steps(run.dtype)); ++step) {
    worst.compare_loss(total_loss(run.steps[step]), total_loss(reference.steps[step]),
                       fmt::format("step {}, loss", step));
    for (std::size_t rank = 0; rank < run.steps[step].ranks.size(); ++rank) {
      const RankRecord& record = run.steps[step].ranks[rank];
      if (!record.updates) continue;
      const std::vector<double>& expected = reference.steps[step].ranks[0].gradients;
      if (record.gradients.size() != expected.size())
        return failed(name, worst.compared(), "another number of gradients");
      for (std::size_t p = 0; p < run.parameter_names.size(); ++p) {
        const std::size_t first = run.parameter_offsets[p];
        const std::size_t count = run.parameter_offsets[p + 1] - first;
        worst.compare(std::span{record.gradients}.subspan(first, count), std::span{expected}.subspan(first, count),
                      fmt::format("step {}, rank {}, {}", step, rank, run.parameter_names[p]));
      }
    }
  }
  return worst.result(name, run.dtype == DType::bf16 ? of_bf16 : of_f32);
}

}  // namespace

std::vector<CheckResult> check_end_to_end(const Recording& run, const Recording& one, const Recording& oracle) {
  return {compare("end_to_end:one_device", run, one), compare("end_to_end:f64", run, oracle)};
}

}  // namespace lockstep
