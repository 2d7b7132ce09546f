#include "harness/measure/checks/averaging.hpp"

#include <algorithm>
#include <cmath>

#include "harness/measure/checks/distance.hpp"

namespace lockstep {
namespace {

/// A bias this much larger than what rounding may do to a gradient tells one averaging from the other.
constexpr double visible = 10;

std::vector<double> sum(std::span<const double> a, std::span<const double> b) {
  std::vector<double> result(a.begin(), a.end());
  for (std::size_t i = 0; i < b.size(); ++i) result[i] += b[i];
  return result;
}

/// Calls visit(gradients, step) for every rank that updates, in the first steps.
template <typename Visit>
void for_each_gradient(const Recording& run, const Visit& visit) {
  for (std::size_t step = 0; step < std::min(run.steps.size(), compared_steps(run.dtype)); ++step)
    for (const RankRecord& rank : run.steps[step].ranks)
      if (rank.updates) visit(std::span<const double>{rank.before_clipping()}, step);
}

/// The worst relative distance of a tensor from what is expected, and how many values the bias is visible in.
struct Deviation {
  double worst = 0;
  std::uint64_t compared = 0;
};

template <typename Expected>
Deviation deviation(const Recording& run, const std::vector<PieceGradients>& steps, const Expected& expected) {
  Deviation result;
  for_each_gradient(run, [&](std::span<const double> gradients, std::size_t step) {
    for (std::size_t tensor = 0; tensor < run.parameter_names.size(); ++tensor) {
      const std::size_t first = run.parameter_offsets[tensor];
      const std::size_t count = run.parameter_offsets[tensor + 1] - first;
      const auto mean = std::span{steps[step].mean}.subspan(first, count);
      const auto bias = std::span{steps[step].bias}.subspan(first, count);
      if (l2_norm(bias) > visible * distance_limit(run.dtype) * l2_norm(mean)) result.compared += count;
      const double found = relative_distance(gradients.subspan(first, count), expected(mean, bias));
      if (!(found <= result.worst) && !std::isnan(result.worst)) result.worst = found;  // NaN is noted, and stays
    }
  });
  return result;
}

bool fit_together(const Recording& run, const std::vector<PieceGradients>& steps) {
  if (run.steps.size() != steps.size()) return false;
  bool fit = true;
  for_each_gradient(run, [&](std::span<const double> gradients, std::size_t step) {
    fit = fit && gradients.size() == steps[step].mean.size();
  });
  return fit;
}

CheckResult too_small_to_tell(std::string name, const std::vector<PieceGradients>& steps) {
  return failed(
      std::move(name), 0,
      fmt::format("a mean of the devices' means would be off by {:.1e} of the gradient only, too little to tell",
                  predicted_gradient_bias(steps)));
}

}  // namespace

double gradient_bias(const Recording& run, const std::vector<PieceGradients>& steps) {
  double largest = 0;
  for_each_gradient(run, [&](std::span<const double> gradients, std::size_t step) {
    largest = std::fmax(largest, relative_distance(gradients, steps[step].mean));
  });
  return largest;
}

double predicted_gradient_bias(const std::vector<PieceGradients>& steps) {
  double largest = 0;
  for (const PieceGradients& step : steps) largest = std::max(largest, l2_norm(step.bias) / l2_norm(step.mean));
  return largest;
}

bool is_bias_visible(const Recording& run, const std::vector<PieceGradients>& steps) {
  return fit_together(run, steps) && deviation(run, steps, [](auto mean, auto) { return mean; }).compared > 0;
}

CheckResult check_mean_of_means(const Recording& run, const std::vector<PieceGradients>& steps) {
  const std::string name = "documented:mean_of_means";
  if (!fit_together(run, steps)) return failed(name, 0, "other steps or gradients than one device has");
  const Deviation found = deviation(run, steps, [](auto mean, auto bias) { return sum(mean, bias); });
  if (found.compared == 0) return too_small_to_tell(name, steps);
  return judged(
      name, found.compared, found.worst, distance_limit(run.dtype),
      fmt::format("the gradient is off the global mean's by the predicted sum of (1/n - b/B)*g over the pieces: "
                  "{:.3g} of its size, predicted {:.3g}; relative L2 distance per tensor from that, limit of "
                  "end_to_end",
                  gradient_bias(run, steps), predicted_gradient_bias(steps)));
}

CheckResult check_bias_removed(const Recording& run, const std::vector<PieceGradients>& steps, double limit) {
  const std::string name = "weighted_loss_removes_bias";
  if (!fit_together(run, steps)) return failed(name, 0, "other steps or gradients than one device has");
  const Deviation found = deviation(run, steps, [](auto mean, auto) { return mean; });
  if (found.compared == 0) return too_small_to_tell(name, steps);
  return judged(
      name, found.compared, found.worst, limit,
      fmt::format("relative L2 distance per tensor from the global mean's gradient; a mean of the devices' "
                  "means would be off by {:.3g} of its size; {}",
                  predicted_gradient_bias(steps), limit > 0 ? "limit of end_to_end" : "no sum of exact data rounds"));
}

}  // namespace lockstep
