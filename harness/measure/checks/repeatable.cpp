#include "harness/measure/checks/checks.hpp"

namespace lockstep {

CheckResult check_repeatable(const Recording& first, const Recording& second) {
  if (first.steps.size() != second.steps.size()) return failed("repeatable", 0, "another number of steps");
  std::uint64_t compared = 0;
  double wrong = 0;
  for (std::size_t step = 0; step < first.steps.size(); ++step)
    for (std::size_t rank = 0; rank < first.steps[step].ranks.size(); ++rank) {
      const RankRecord& a = first.steps[step].ranks[rank];
      const RankRecord& b = second.steps[step].ranks.at(rank);
      ++compared;
      wrong += a.parameters_hash == b.parameters_hash && a.gradients == b.gradients && a.loss == b.loss ? 0 : 1;
    }
  return judged("repeatable", compared, wrong, 0, "a second run has the same bits");
}

}  // namespace lockstep
