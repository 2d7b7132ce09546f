#include "harness/measure/transfer_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace lockstep {
namespace {

constexpr std::size_t terms = 3;
using Terms = std::array<double, terms>;
/// A system of linear equations, the right-hand sides in the last column.
using System = std::array<std::array<double, terms + 1>, terms>;

double dot(const Terms& a, const Terms& b) {
  double sum = 0;
  for (std::size_t i = 0; i < terms; ++i) sum += a[i] * b[i];
  return sum;
}

/// Gauss-Jordan elimination with pivots from the diagonal, as fits a positive definite matrix; nothing when it is not
/// one.
std::optional<Terms> solve(System system) {
  for (std::size_t pivot = 0; pivot < terms; ++pivot) {
    if (!(system[pivot][pivot] > 1e-14)) return std::nullopt;
    for (std::size_t row = 0; row < terms; ++row) {
      if (row == pivot) continue;
      const double factor = system[row][pivot] / system[pivot][pivot];
      for (std::size_t column = pivot; column <= terms; ++column) system[row][column] -= factor * system[pivot][column];
    }
  }
  Terms solution{};
  for (std::size_t i = 0; i < terms; ++i) solution[i] = system[i][terms] / system[i][i];
  return solution;
}

/// The coefficients x that minimise Σ(a·x − 1)² over `rows`, those outside of `chosen` being 0.
std::optional<Terms> least_squares(std::span<const Terms> rows, unsigned chosen) {
  System normal{};
  for (std::size_t i = 0; i < terms; ++i) {
    const bool is_chosen = (chosen >> i & 1U) != 0;
    if (!is_chosen) normal[i][i] = 1;
    for (const Terms& row : rows) {
      if (!is_chosen) continue;
      for (std::size_t j = 0; j < terms; ++j)
        if ((chosen >> j & 1U) != 0) normal[i][j] += row[i] * row[j];
      normal[i][terms] += row[i];
    }
  }
  return solve(normal);
}

double residual_of(std::span<const Terms> rows, const Terms& solution) {
  double sum = 0;
  for (const Terms& row : rows) sum += std::pow(dot(row, solution) - 1, 2);
  return std::sqrt(sum / static_cast<double>(rows.size()));
}

}  // namespace

double TransferModel::seconds(double bytes) const { return alpha + beta * bytes + root * std::sqrt(bytes); }

std::optional<TransferModel> fit_transfer_model(std::span<const TransferTime> times) {
  if (times.size() <= terms) return std::nullopt;
  if (std::ranges::any_of(times, [](const TransferTime& time) { return !(time.seconds > 0) || time.bytes == 0; }))
    return std::nullopt;
  const double shortest = std::ranges::min(times, {}, &TransferTime::seconds).seconds;
  const TransferTime& largest_time = std::ranges::max(times, {}, &TransferTime::bytes);
  const auto largest = static_cast<double>(largest_time.bytes);
  // Relative errors count: else the largest sizes alone would decide. In these units the terms are of similar size.
  const double slowest_byte = largest_time.seconds / largest;
  const Terms unit{shortest, slowest_byte, slowest_byte * std::sqrt(largest)};
  std::vector<Terms> rows;
  for (const TransferTime& time : times) {
    const auto bytes = static_cast<double>(time.bytes);
    rows.push_back({unit[0] / time.seconds, unit[1] * bytes / time.seconds, unit[2] * std::sqrt(bytes) / time.seconds});
  }
  // With three terms every choice of those that are not 0 can be tried.
  std::optional<TransferModel> best;
  for (unsigned chosen = 1; chosen < (1U << terms); ++chosen) {
    const std::optional<Terms> solution = least_squares(rows, chosen);
    if (!solution || std::ranges::any_of(*solution, [](double term) { return term < 0; })) continue;
    const double residual = residual_of(rows, *solution);
    if (!best || residual < best->residual)
      best = {(*solution)[0] * unit[0], (*solution)[1] * unit[1], (*solution)[2] * unit[2], residual};
  }
  return best;
}

}  // namespace lockstep
