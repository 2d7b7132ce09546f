#include <algorithm>
#include <map>

#include "harness/base/hash.hpp"
#include "harness/measure/checks/checks.hpp"

namespace lockstep {

CheckResult check_coverage(const Recording& run) {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;
  std::string first;
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    std::map<std::uint64_t, int> missing;  // times expected minus times seen
    for (const std::uint64_t sample : run.steps[step].samples) ++missing[sample];
    for (const RankRecord& rank : run.steps[step].ranks)
      for (const std::uint64_t sample : rank.samples) --missing[sample];
    compared += run.steps[step].samples.size();
    for (const auto& [sample, count] : missing) {
      if (count == 0) continue;
      if (wrong++ == 0)
        first = fmt::format("; first: step {}, row {} was processed {} time(s) {}", step, format_hash(sample),
                            std::abs(count), count > 0 ? "too few" : "too often");
    }
  }
  return judged("coverage", compared, static_cast<double>(wrong), 0,
                "each sample of the global batch exactly once" + first);
}

}  // namespace lockstep
