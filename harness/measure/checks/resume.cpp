#include "harness/measure/checks/resume.hpp"

#include <bit>

#include "harness/measure/checks/distance.hpp"

namespace lockstep {
namespace {

constexpr std::string_view name = "resume";

/// Counts what was compared by its bits, and keeps the first difference.
struct Bits {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;
  std::string first;

  void expect(bool equal, std::uint64_t values, const std::string& what) {
    compared += values;
    if (!equal && wrong++ == 0) first = what;
  }
};

bool same_bits(std::span<const double> values, std::span<const double> expected) {
  return std::ranges::equal(values, expected, {}, std::bit_cast<std::uint64_t, double>,
                            std::bit_cast<std::uint64_t, double>);
}

void compare_bits(Bits& bits, const StepRecord& found, const StepRecord& expected, std::size_t step) {
  const RankRecord& one = expected.ranks[0];
  bits.expect(std::bit_cast<std::uint64_t>(total_loss(found)) == std::bit_cast<std::uint64_t>(total_loss(expected)), 1,
              fmt::format("step {}: loss", step));
  for (std::size_t rank = 0; rank < found.ranks.size(); ++rank) {
    const RankRecord& record = found.ranks[rank];
    if (!record.updates) continue;
    const std::string who = fmt::format("step {}, rank {}: ", step, rank);
    bits.expect(same_bits(record.gradients, one.gradients), record.gradients.size(), who + "gradients");
    bits.expect(record.parameters_hash == one.parameters_hash, record.parameters.size(), who + "parameters");
    bits.expect(record.state_hash == one.state_hash, 1, who + "optimizer state");
  }
}

void compare_tensors(WorstDistance& worst, const Recording& run, std::span<const double> values,
                     std::span<const double> expected, const std::string& what) {
  if (values.size() != expected.size()) return;  // the bits of another model were not equal either
  for (std::size_t p = 0; p < run.parameter_names.size(); ++p) {
    const std::size_t first = run.parameter_offsets[p];
    const std::size_t count = run.parameter_offsets[p + 1] - first;
    worst.compare(values.subspan(first, count), expected.subspan(first, count), what + run.parameter_names[p]);
  }
}

void compare_distances(WorstDistance& worst, const Recording& resumed, const StepRecord& found,
                       const StepRecord& expected, std::size_t step) {
  worst.compare_loss(total_loss(found), total_loss(expected), fmt::format("step {}, loss", step));
  for (std::size_t rank = 0; rank < found.ranks.size(); ++rank) {
    const RankRecord& record = found.ranks[rank];
    if (!record.updates) continue;
    const std::string who = fmt::format("step {}, rank {}, ", step, rank);
    compare_tensors(worst, resumed, record.gradients, expected.ranks[0].gradients, who + "gradient of ");
    compare_tensors(worst, resumed, record.parameters, expected.ranks[0].parameters, who);
  }
}

}  // namespace

CheckResult check_resume(const Recording& resumed, const Recording& uninterrupted, const Position& saved_at,
                         Agreement agreement) {
  if (resumed.parameter_offsets != uninterrupted.parameter_offsets)
    return failed(std::string{name}, 0, "another model than the uninterrupted run's");
  if (saved_at.step + resumed.steps.size() != uninterrupted.steps.size())
    return failed(std::string{name}, 0,
                  fmt::format("went on for {} steps, the uninterrupted run for {}", resumed.steps.size(),
                              uninterrupted.steps.size() - saved_at.step));
  Bits bits;
  WorstDistance worst{resumed.dtype};
  for (std::size_t i = 0; i < resumed.steps.size(); ++i) {
    const std::size_t step = saved_at.step + i;
    const StepRecord& found = resumed.steps[i];
    const StepRecord& expected = uninterrupted.steps[step];
    bits.expect(found.samples == expected.samples, found.samples.size(), fmt::format("step {}: samples", step));
    if (agreement == Agreement::bits)
      compare_bits(bits, found, expected, step);
    else
      compare_distances(worst, resumed, found, expected, step);
  }
  if (bits.wrong > 0 || agreement == Agreement::bits) {
    const std::string because = "every step after loading has the bits of the uninterrupted run";
    return judged(std::string{name}, bits.compared, static_cast<double>(bits.wrong), 0,
                  bits.wrong == 0 ? because : fmt::format("{}; first difference: {}", because, bits.first));
  }
  return worst.result(
      std::string{name},
      "relative L2 distance per tensor from the uninterrupted run on another world, whose sums round in "
      "another order; the limit of end_to_end");
}

}  // namespace lockstep
