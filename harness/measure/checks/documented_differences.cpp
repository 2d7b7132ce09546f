#include <fmt/ranges.h>

#include "harness/measure/checks/checks.hpp"

namespace lockstep {

/// torch.chunk gives ceil(rows / ceil(rows / devices)) pieces, which may be fewer than devices.
std::vector<CheckResult> check_documented_differences(const Recording& run) {
  const std::size_t devices = run.steps[0].ranks.size();
  std::vector<CheckResult> results;
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    const std::size_t rows = run.steps[step].samples.size();
    const std::size_t piece = (rows + devices - 1) / devices;
    const std::size_t predicted = (rows + piece - 1) / piece;
    if (predicted == devices) continue;
    double wrong = 0;
    std::vector<std::size_t> sizes;
    for (std::size_t rank = 0; rank < devices; ++rank) {
      sizes.push_back(run.steps[step].ranks[rank].samples.size());
      wrong += run.steps[step].ranks[rank].worked == (rank < predicted) ? 0 : 1;
    }
    results.push_back(judged("documented:fewer_pieces_than_devices", devices, wrong, 0,
                             fmt::format("{} rows in pieces of {} use {} of {} devices; pieces {}", rows, piece,
                                         predicted, devices, sizes)));
    break;  // one step shows it; the others have the same batch
  }
  return results;
}

}  // namespace lockstep
