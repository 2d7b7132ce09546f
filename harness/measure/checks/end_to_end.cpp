#include <algorithm>

#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/distance.hpp"

namespace lockstep {
namespace {

CheckResult compare(const std::string& name, const Recording& run, const Recording& reference) {
  if (run.steps.size() != reference.steps.size()) return failed(name, 0, "another number of steps than the reference");
  WorstDistance worst;
  for (std::size_t step = 0; step < std::min(run.steps.size(), WorstDistance::steps); ++step) {
    const std::vector<double> loss{total_loss(run.steps[step])};
    worst.compare(loss, std::vector{total_loss(reference.steps[step])}, fmt::format("step {}, loss", step));
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
  return worst.result(
      name,
      "relative L2 distance per tensor of the first steps on kink-safe data; 8 times the largest of correct runs");
}

}  // namespace

std::vector<CheckResult> check_end_to_end(const Recording& run, const Recording& one, const Recording& oracle) {
  return {compare("end_to_end:one_device", run, one), compare("end_to_end:f64", run, oracle)};
}

}  // namespace lockstep
