#include "kernels/losses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "kernels/check.hpp"
#include "kernels/exponential.hpp"

namespace lockstep::kernels {
namespace {

void check_labels(const char* kernel, std::span<const std::int32_t> labels, std::size_t classes, std::size_t logits) {
  check_size(kernel, "logits", logits, labels.size() * classes);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] >= 0 && static_cast<std::size_t>(labels[row]) < classes) continue;
    throw std::out_of_range{std::string{kernel} + ": label " + std::to_string(labels[row]) + " of row " +
                            std::to_string(row) + " is not in 0 … " + std::to_string(classes) + "-1"};
  }
}

/// Partial results that the compiler keeps in vector registers; it may not split a reduction of floats by itself.
constexpr std::size_t lanes = 16;

float maximum(std::span<const float> row) {
  std::array<float, lanes> largest;
  largest.fill(row[0]);
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      largest[lane] = largest[lane] < row[i + lane] ? row[i + lane] : largest[lane];
    }
  }
  for (; i < row.size(); ++i) largest[0] = std::max(largest[0], row[i]);
  return *std::ranges::max_element(largest);
}

double sum(std::span<const float> row) {
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<double>(row[i + lane]);
  }
  for (; i < row.size(); ++i) sums[0] += static_cast<double>(row[i]);
  double total = 0;
  for (const double partial : sums) total += partial;
  return total;
}

template <typename T>
std::int64_t count_rows_with_largest_at_label(std::span<const T> logits, std::span<const std::int32_t> labels,
                                              std::size_t classes) {
  check_labels("count_correct", labels, classes, logits.size());
  std::int64_t correct = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const T> values = logits.subspan(row * classes, classes);
    if (std::ranges::max_element(values) - values.begin() == labels[row]) ++correct;
  }
  return correct;
}

template <typename T>
void squared_error(std::span<const T> outputs, std::span<const T> targets, double scale, std::span<double> loss,
                   std::span<T> doutputs, Into into) {
  check_size("mean_squared_error", "targets", targets.size(), outputs.size());
  check_size("mean_squared_error", "doutputs", doutputs.size(), outputs.size());
  check_size("mean_squared_error", "loss", loss.size(), 1);
  const auto factor = static_cast<float>(2 * scale);
  double total = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const float output = outputs[i];
    const float target = targets[i];
    const double difference = static_cast<double>(output) - static_cast<double>(target);
    total += difference * difference;
    doutputs[i] = static_cast<T>(factor * (output - target));
  }
  loss[0] = (into == Into::add ? loss[0] : 0) + scale * total;
}

template <typename T>
void add_count(std::span<const T> logits, std::span<const std::int32_t> labels, std::size_t classes,
               std::span<std::int32_t> correct) {
  check_size("add_correct", "correct", correct.size(), 1);
  correct[0] += static_cast<std::int32_t>(count_correct(logits, labels, classes));
}

/// Σ exp(z − largest)
double sum_of_exponentials(std::span<const BFloat16> z, float largest) {
  std::array<float, 256> exponentials;
  double total = 0;
  for (std::size_t first = 0; first < z.size(); first += exponentials.size()) {
    const std::size_t size = std::min(exponentials.size(), z.size() - first);
    for (std::size_t i = 0; i < size; ++i) exponentials[i] = exp_of_nonpositive(z[first + i] - largest);
    total += sum(std::span{exponentials}.first(size));
  }
  return total;
}

}  // namespace

void softmax_cross_entropy(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<float> dlogits, Into into) {
  check_labels("softmax_cross_entropy", labels, classes, logits.size());
  check_size("softmax_cross_entropy", "dlogits", dlogits.size(), logits.size());
  check_size("softmax_cross_entropy", "loss", loss.size(), 1);
  double total = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const float> z = logits.subspan(row * classes, classes);
    const std::span<float> dz = dlogits.subspan(row * classes, classes);
    const auto label = static_cast<std::size_t>(labels[row]);
    const float largest = maximum(z);
    const double label_logit = static_cast<double>(z[label]) - static_cast<double>(largest);
    for (std::size_t i = 0; i < classes; ++i) dz[i] = exp_of_nonpositive(z[i] - largest);
    const double normalizer = sum(dz);
    total += std::log(normalizer) - label_logit;
    const auto factor = static_cast<float>(scale / normalizer);
    for (std::size_t i = 0; i < classes; ++i) dz[i] *= factor;
    dz[label] -= static_cast<float>(scale);
  }
  loss[0] = (into == Into::add ? loss[0] : 0) + scale * total;
}

void softmax_cross_entropy(std::span<const BFloat16> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<BFloat16> dlogits, Into into) {
  check_labels("softmax_cross_entropy", labels, classes, logits.size());
  check_size("softmax_cross_entropy", "dlogits", dlogits.size(), logits.size());
  check_size("softmax_cross_entropy", "loss", loss.size(), 1);
  double total = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const BFloat16> z = logits.subspan(row * classes, classes);
    const std::span<BFloat16> dz = dlogits.subspan(row * classes, classes);
    const auto label = static_cast<std::size_t>(labels[row]);
    const float largest = *std::ranges::max_element(z);
    const double label_logit = static_cast<double>(float{z[label]}) - static_cast<double>(largest);
    // The exponentials are computed twice: kept in dz they would be rounded before they are multiplied.
    const double normalizer = sum_of_exponentials(z, largest);
    total += std::log(normalizer) - label_logit;
    const auto factor = static_cast<float>(scale / normalizer);
    const float at_label = exp_of_nonpositive(z[label] - largest) * factor - static_cast<float>(scale);
    for (std::size_t i = 0; i < classes; ++i) dz[i] = BFloat16{exp_of_nonpositive(z[i] - largest) * factor};
    dz[label] = BFloat16{at_label};
  }
  loss[0] = (into == Into::add ? loss[0] : 0) + scale * total;
}

void mean_squared_error(std::span<const float> outputs, std::span<const float> targets, double scale,
                        std::span<double> loss, std::span<float> doutputs, Into into) {
  squared_error(outputs, targets, scale, loss, doutputs, into);
}
void mean_squared_error(std::span<const BFloat16> outputs, std::span<const BFloat16> targets, double scale,
                        std::span<double> loss, std::span<BFloat16> doutputs, Into into) {
  squared_error(outputs, targets, scale, loss, doutputs, into);
}

std::int64_t count_correct(std::span<const BFloat16> logits, std::span<const std::int32_t> labels,
                           std::size_t classes) {
  return count_rows_with_largest_at_label(logits, labels, classes);
}

std::int64_t count_correct(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes) {
  return count_rows_with_largest_at_label(logits, labels, classes);
}

void softmax_cross_entropy(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes,
                           double scale, std::span<double> loss, std::span<double> dlogits, Into into) {
  check_labels("softmax_cross_entropy", labels, classes, logits.size());
  check_size("softmax_cross_entropy", "dlogits", dlogits.size(), logits.size());
  check_size("softmax_cross_entropy", "loss", loss.size(), 1);
  double total = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const double> z = logits.subspan(row * classes, classes);
    const auto label = static_cast<std::size_t>(labels[row]);
    const double largest = *std::ranges::max_element(z);
    double normalizer = 0;
    for (std::size_t i = 0; i < classes; ++i) normalizer += std::exp(z[i] - largest);
    total += std::log(normalizer) - (z[label] - largest);
    for (std::size_t i = 0; i < classes; ++i) {
      const double probability = std::exp(z[i] - largest) / normalizer;
      dlogits[row * classes + i] = scale * (probability - (i == label ? 1 : 0));
    }
  }
  loss[0] = (into == Into::add ? loss[0] : 0) + scale * total;
}

void mean_squared_error(std::span<const double> outputs, std::span<const double> targets, double scale,
                        std::span<double> loss, std::span<double> doutputs, Into into) {
  check_size("mean_squared_error", "targets", targets.size(), outputs.size());
  check_size("mean_squared_error", "doutputs", doutputs.size(), outputs.size());
  check_size("mean_squared_error", "loss", loss.size(), 1);
  double total = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double difference = outputs[i] - targets[i];
    total += difference * difference;
    doutputs[i] = 2 * scale * difference;
  }
  loss[0] = (into == Into::add ? loss[0] : 0) + scale * total;
}

std::int64_t count_correct(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes) {
  return count_rows_with_largest_at_label(logits, labels, classes);
}

void add_correct(std::span<const float> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct) {
  add_count(logits, labels, classes, correct);
}
void add_correct(std::span<const BFloat16> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct) {
  add_count(logits, labels, classes, correct);
}
void add_correct(std::span<const double> logits, std::span<const std::int32_t> labels, std::size_t classes,
                 std::span<std::int32_t> correct) {
  add_count(logits, labels, classes, correct);
}

}  // namespace lockstep::kernels
