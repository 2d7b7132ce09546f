#include <fmt/ranges.h>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {

/// torch.chunk gives ceil(rows / ceil(rows / devices)) pieces, which may be fewer than devices.
std::vector<CheckResult> check_documented_differences(const Recording& run) {
  std::uint64_t compared = 0;
  double wrong = 0;
  std::string example;
  for (const StepRecord& step : run.steps) {
    const std::size_t devices = step.ranks.size();
    const std::size_t rows = step.samples.size();
    if (rows == 0 || devices == 0) continue;
    const std::size_t piece = (rows + devices - 1) / devices;
    const std::size_t predicted = (rows + piece - 1) / piece;
    if (predicted == devices) continue;
    const double wrong_before = wrong;
    std::vector<std::size_t> sizes;
    for (std::size_t rank = 0; rank < devices; ++rank) {
      const std::size_t size = rank < predicted ? std::min(piece, rows - rank * piece) : 0;
      sizes.push_back(step.ranks[rank].samples.size());
      wrong += sizes.back() == size && step.ranks[rank].worked == (size > 0) ? 0 : 1;
    }
    compared += devices;
    if (example.empty() || (wrong_before == 0 && wrong > 0))
      example = fmt::format("{} rows in pieces of {} use {} of {} devices; pieces {}", rows, piece, predicted, devices,
                            sizes);
  }
  if (compared == 0) return {};
  return {judged("documented:fewer_pieces_than_devices", compared, wrong, 0, example)};
}

}  // namespace lockstep
