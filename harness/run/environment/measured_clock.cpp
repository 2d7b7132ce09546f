#include "harness/run/environment/measured_clock.hpp"

#include <algorithm>
#include <array>

#include "harness/base/clock.hpp"
#include "harness/run/environment/instructions.hpp"

namespace lockstep {
namespace {

constexpr std::uint64_t additions_per_run = 1'000'000;
constexpr double warm_up_s = 2e-3;
constexpr int most_warm_up_runs = 100;  // even when the clock stands still

}  // namespace

std::optional<double> measured_clock_hz() { return measured_clock_hz(run_dependent_additions, steady_seconds); }

std::optional<double> measured_clock_hz(const std::function<std::uint64_t(std::uint64_t count)>& run_additions,
                                        const std::function<double()>& seconds) {
  const double begin = seconds();
  for (int i = 0; i < most_warm_up_runs && seconds() - begin < warm_up_s; ++i)
    if (run_additions(additions_per_run) == 0) return std::nullopt;
  std::array<double, 9> rates{};
  for (double& rate : rates) {
    const double start = seconds();
    const auto additions = static_cast<double>(run_additions(additions_per_run));
    const double duration = seconds() - start;
    rate = duration > 0 ? additions / duration : 0;
  }
  const auto median = rates.begin() + rates.size() / 2;
  std::ranges::nth_element(rates, median);
  return *median > 0 ? std::optional{*median} : std::nullopt;
}

}  // namespace lockstep
