#include "harness/train/split.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace lockstep {
namespace {

using Sizes = std::vector<std::size_t>;

std::vector<Rows> consecutive(const Sizes& sizes) {
  std::vector<Rows> pieces;
  std::size_t first = 0;
  for (const std::size_t size : sizes) {
    pieces.push_back({first, size});
    first += size;
  }
  return pieces;
}

std::size_t sum_of(const Sizes& sizes) { return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}); }

/// Gives one row more to each of the `left` devices with the largest remainders.
void round_up_largest(Sizes& sizes, const Sizes& remainders, std::size_t left) {
  Sizes devices(sizes.size());
  std::iota(devices.begin(), devices.end(), std::size_t{0});
  std::ranges::stable_sort(devices, std::ranges::greater{}, [&](std::size_t device) { return remainders[device]; });
  for (std::size_t i = 0; i < left; ++i) ++sizes[devices[i]];
}

std::size_t done_first_with_one_more(const Sizes& sizes, const std::vector<double>& speeds) {
  std::size_t best = 0;
  double earliest = std::numeric_limits<double>::infinity();
  for (std::size_t device = 0; device < sizes.size(); ++device) {
    const double done = static_cast<double>(sizes[device] + 1) / speeds[device];
    if (done < earliest) earliest = done, best = device;
  }
  return best;
}

}  // namespace

std::vector<Rows> chunk(std::size_t rows, std::size_t devices) {
  require(devices > 0, "a batch over no devices");
  const std::size_t piece = (rows + devices - 1) / devices;
  std::vector<Rows> pieces;
  std::size_t first = 0;
  for (std::size_t device = 0; device < devices; ++device) {
    const std::size_t count = std::min(piece, rows - first);
    pieces.push_back({first, count});
    first += count;
  }
  return pieces;
}

std::vector<Rows> balanced(std::size_t rows, std::size_t devices) { return weighted(Sizes(devices, 1))(rows, devices); }

Split weighted(std::vector<std::size_t> weights) {
  const std::size_t whole = sum_of(weights);
  require(whole > 0, "a split by weights that are all 0");
  return [weights = std::move(weights), whole](std::size_t rows, std::size_t devices) {
    require(devices == weights.size(), "a split by {} weights over {} devices", weights.size(), devices);
    Sizes sizes;
    Sizes remainders;
    for (const std::size_t weight : weights) {
      sizes.push_back(rows * weight / whole);
      remainders.push_back(rows * weight % whole);
    }
    round_up_largest(sizes, remainders, rows - sum_of(sizes));
    return consecutive(sizes);
  };
}

Split quickest(std::vector<double> speeds) {
  const double together = std::accumulate(speeds.begin(), speeds.end(), 0.0);
  require(
      together > 0 && std::ranges::all_of(speeds, [](double speed) { return speed >= 0; }) && std::isfinite(together),
      "a split by speeds that are negative, not finite or all 0");
  return [speeds = std::move(speeds), together](std::size_t rows, std::size_t devices) {
    require(devices == speeds.size(), "a split by {} speeds over {} devices", speeds.size(), devices);
    Sizes sizes(devices);
    // With its share rounded down every device is done by the ideal time; below it, so that rounding adds no row.
    constexpr double just_below_one = 1 - 1e-12;
    for (std::size_t device = 0; device < devices; ++device)
      sizes[device] =
          static_cast<std::size_t>(static_cast<double>(rows) * (speeds[device] / together) * just_below_one);
    for (std::size_t given = sum_of(sizes); given < rows; ++given) ++sizes[done_first_with_one_more(sizes, speeds)];
    return consecutive(sizes);
  };
}

std::size_t used_devices(const std::vector<Rows>& pieces) {
  return static_cast<std::size_t>(std::ranges::count_if(pieces, [](const Rows& piece) { return piece.count > 0; }));
}

std::size_t devices_up_to_last(const std::vector<Rows>& pieces) {
  std::size_t devices = pieces.size();
  while (devices > 0 && pieces[devices - 1].count == 0) --devices;
  return devices;
}

}  // namespace lockstep
