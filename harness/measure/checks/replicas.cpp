#include <algorithm>

#include "harness/base/hash.hpp"
#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

struct Agreement {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;
  std::string first;

  void expect_equal(std::uint64_t hash, std::uint64_t expected, const std::string& what) {
    ++compared;
    if (hash != expected && wrong++ == 0)
      first = fmt::format("; first: {} {} instead of {}", what, format_hash(hash), format_hash(expected));
  }
};

}  // namespace

bool has_replicas(const Recording& run) {
  if (run.steps.empty()) return true;  // and the check fails
  return std::ranges::count_if(run.steps[0].ranks, [](const RankRecord& rank) { return rank.updates || rank.worked; }) >
         1;
}

CheckResult check_replicas(const Recording& run) {
  const std::uint64_t no_state = hash_bytes({});
  Agreement agreement;
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    const auto& ranks = run.steps[step].ranks;
    for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
      const std::string who = fmt::format("step {}, rank {}:", step, rank);
      if (ranks[rank].updates) {
        if (rank == 0) continue;  // the others are held against it
        agreement.expect_equal(ranks[rank].parameters_hash, ranks[0].parameters_hash, who + " parameters");
        if (ranks[rank].state_hash != no_state || ranks[0].state_hash != no_state)
          agreement.expect_equal(ranks[rank].state_hash, ranks[0].state_hash, who + " optimizer state");
      } else if (ranks[rank].worked) {
        const std::uint64_t start = step == 0 ? run.initial_hash : run.steps[step - 1].ranks[0].parameters_hash;
        agreement.expect_equal(ranks[rank].parameters_hash, start, who + " parameters of the step");
      }
    }
  }
  return judged("replicas", agreement.compared, static_cast<double>(agreement.wrong), 0,
                "replicas hold the same bits after every step" + agreement.first);
}

}  // namespace lockstep
