#include <bit>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

/// Counts and locates the first value whose bits differ.
class BitComparison {
 public:
  void compare(std::span<const double> values, std::span<const double> expected, const std::string& what) {
    if (values.size() != expected.size())
      return note(fmt::format("{}: {} values instead of {}", what, values.size(), expected.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      ++compared_;
      if (std::bit_cast<std::uint64_t>(values[i]) == std::bit_cast<std::uint64_t>(expected[i])) continue;
      note(fmt::format("{}[{}] is {:a}, one device has {:a}", what, i, values[i], expected[i]));
    }
  }
  [[nodiscard]] CheckResult result(std::string name, std::string because) const {
    CheckResult result = judged(std::move(name), compared_, static_cast<double>(wrong_), 0, std::move(because));
    if (wrong_ > 0) result.because += "; first difference: " + first_;
    return result;
  }

 private:
  void note(std::string difference) {
    if (wrong_++ == 0) first_ = std::move(difference);
  }
  std::uint64_t compared_ = 0;
  std::uint64_t wrong_ = 0;
  std::string first_;
};

}  // namespace

CheckResult check_exact(const Recording& run, const Recording& one, const Recording& oracle) {
  if (run.steps.size() != oracle.steps.size()) return failed("exact", 0, "another number of steps than one device");
  BitComparison comparison;
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    const RankRecord& same = one.steps.at(step).ranks[0];
    const RankRecord& f64 = oracle.steps.at(step).ranks[0];
    const std::string place = fmt::format("step {}", step);
    comparison.compare(same.gradients, f64.gradients, place + ", one device: gradient");
    const std::vector<double> loss{total_loss(run.steps[step])};
    comparison.compare(loss, std::vector{f64.loss}, place + ": loss");
    for (std::size_t rank = 0; rank < run.steps[step].ranks.size(); ++rank) {
      const RankRecord& record = run.steps[step].ranks[rank];
      if (!record.updates) continue;
      const std::string who = fmt::format("{}, rank {}", place, rank);
      comparison.compare(record.gradients, f64.gradients, who + ": gradient");
      // An optimizer's arithmetic may round, but rounds the same gradients to the same bits.
      comparison.compare(record.parameters, same.parameters, who + ": parameter");
    }
  }
  return comparison.result("exact", "every partial sum is representable, so order and split cannot change a bit");
}

}  // namespace lockstep
