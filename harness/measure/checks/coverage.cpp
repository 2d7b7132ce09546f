#include <algorithm>
#include <map>

#include "harness/base/hash.hpp"
#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

bool has_its_pieces(const StepRecord& step, std::size_t rank) {
  std::vector<std::uint64_t> expected;
  for (const MicroBatch& micro : step.micro_batches) {
    const Rows piece = micro.pieces.at(rank);
    if (piece.first + piece.count > step.samples.size()) return false;
    std::ranges::copy(std::span{step.samples}.subspan(piece.first, piece.count), std::back_inserter(expected));
  }
  return step.ranks[rank].samples == expected;
}

}  // namespace

CheckResult check_coverage(const Recording& run) {
  std::uint64_t compared = 0;
  std::uint64_t wrong = 0;
  std::string first;
  const auto note = [&](const auto& what) {
    if (wrong++ == 0) first = what();
  };
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    std::map<std::uint64_t, int> missing;  // times expected minus times seen
    const auto rows =
        std::span{run.steps[step].samples}.subspan(std::min(run.steps[step].first_row, run.steps[step].samples.size()));
    for (const std::uint64_t sample : rows) ++missing[sample];
    for (const RankRecord& rank : run.steps[step].ranks)
      for (const std::uint64_t sample : rank.samples) --missing[sample];
    compared += rows.size();
    for (const auto& [sample, count] : missing) {
      if (count == 0) continue;
      note([&] {
        return fmt::format("; first: step {}, row {} was processed {} time(s) {}", step, format_hash(sample),
                           std::abs(count), count > 0 ? "too few" : "too often");
      });
    }
    for (std::size_t rank = 0; rank < run.steps[step].ranks.size(); ++rank)
      if (!has_its_pieces(run.steps[step], rank))
        note([&] { return fmt::format("; first: step {}, rank {} has other rows than its piece", step, rank); });
  }
  return judged("coverage", compared, static_cast<double>(wrong), 0,
                "each sample of the global batch exactly once, on the device whose piece it is in" + first);
}

}  // namespace lockstep
