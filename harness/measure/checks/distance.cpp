#include "harness/measure/checks/distance.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lockstep {

double l2_norm(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

double relative_distance(std::span<const double> values, std::span<const double> expected) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    difference += (values[i] - expected[i]) * (values[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  return difference == 0 ? 0 : std::sqrt(difference / size);
}

void WorstDistance::compare(std::span<const double> values, std::span<const double> expected,
                            const std::string& where) {
  compared_ += values.size();
  note(relative_distance(values, expected), where);
}

void WorstDistance::compare_loss(double loss, double expected, const std::string& where) {
  compared_ += 1;
  note(weight_of_loss_ * relative_distance({&loss, 1}, {&expected, 1}), where);
}

void WorstDistance::note(double found, const std::string& where) {
  if (found <= worst_ || std::isnan(worst_)) return;  // NaN is noted, and stays
  worst_ = found;
  where_ = where;
}

CheckResult WorstDistance::result(const std::string& name, const std::string& because) const {
  return judged(name, compared_, worst_, limit_,
                where_.empty() ? because : fmt::format("{}; worst at {}", because, where_));
}

}  // namespace lockstep
