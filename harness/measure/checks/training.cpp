#include "harness/measure/checks/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/measure/checks/distance.hpp"

namespace lockstep {

CheckResult check_losses(std::span<const double> losses) {
  const auto wrong =
      static_cast<double>(std::ranges::count_if(losses, [](double loss) { return !std::isfinite(loss) || loss == 0; }));
  // Two steps may agree by chance; many do when nothing is learnt.
  constexpr std::size_t too_many_alike = 4;
  const bool is_dead = losses.size() >= too_many_alike &&
                       std::ranges::all_of(losses, [&](double loss) { return loss == losses.front(); });
  return judged("evidence:losses", losses.size(), is_dead ? static_cast<double>(losses.size()) : wrong, 0,
                "every step has a finite loss that is not 0, and they are not all the same");
}

CheckResult check_same_losses(std::span<const double> losses, std::span<const double> of_one_device, DType dtype) {
  constexpr std::size_t first_steps = 4;
  const std::size_t steps = std::min({losses.size(), of_one_device.size(), first_steps});
  double worst = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    const double difference = std::fabs(losses[step] / of_one_device[step] - 1);
    if (!(difference <= worst)) worst = difference;
    if (std::isnan(worst)) break;
  }
  return judged("same_losses", steps, worst, loss_limit(dtype),
                "relative difference of the first steps' losses from one device's; the limit of end_to_end");
}

double loss_curve_distance(std::span<const double> epoch_losses, std::span<const double> of_one_device) {
  double largest = 0;
  for (std::size_t epoch = 0; epoch < std::min(epoch_losses.size(), of_one_device.size()); ++epoch) {
    const double difference = std::fabs(epoch_losses[epoch] / of_one_device[epoch] - 1);
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

CheckResult check_loss_curve(double distance, double rounding, std::size_t epochs, std::size_t batch) {
  constexpr double factor = 8;
  const double limit = std::max(factor * rounding, 1 / static_cast<double>(batch));
  return judged(
      "loss_curve", epochs, distance, limit,
      fmt::format(
          "relative distance of the epochs' mean losses from one device's; the larger of a sample's share "
          "of the batch and {:g} times what summing each batch in the opposite order does to one device ({:.2g})",
          factor, rounding));
}

}  // namespace lockstep
