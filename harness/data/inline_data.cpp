#include "harness/data/inline_data.hpp"

#include <cmath>
#include <limits>
#include <string_view>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

float as_float(double value, std::string_view what, std::size_t row) {
  // Written so that NaN is refused too.
  if (!(std::abs(value) <= std::numeric_limits<float>::max()))
    throw InputError{fmt::format("{}, row {}: {} is not a finite float32", what, row, value)};
  return static_cast<float>(value);
}

FloatRows checked_rows(const InlineRows& rows, std::string_view what) {
  if (rows.empty() || rows[0].empty()) throw InputError{fmt::format("{}: no values", what)};
  FloatRows out{.values = {}, .width = rows[0].size()};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].size() != out.width)
      throw InputError{fmt::format("{}, row {}: {} values, but row 0 has {}", what, row, rows[row].size(), out.width)};
    for (const double value : rows[row]) out.values.push_back(as_float(value, what, row));
  }
  return out;
}

ClassLabels checked_labels(const std::vector<std::int64_t>& labels, std::size_t classes) {
  ClassLabels out{.values = {}, .classes = classes};
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || static_cast<std::uint64_t>(labels[row]) >= classes)
      throw InputError{fmt::format("targets, row {}: label {} of {} classes", row, labels[row], classes)};
    out.values.push_back(static_cast<std::int32_t>(labels[row]));
  }
  return out;
}

void require_same_count(std::size_t inputs, std::size_t targets) {
  if (inputs != targets) throw InputError{fmt::format("{} rows of inputs, but {} of targets", inputs, targets)};
}

}  // namespace

Dataset make_inline_values(const InlineRows& inputs, const InlineRows& targets) {
  require_same_count(inputs.size(), targets.size());
  return Dataset{checked_rows(inputs, "inputs"), checked_rows(targets, "targets")};
}

Dataset make_inline_labels(const InlineRows& inputs, const std::vector<std::int64_t>& labels, std::size_t classes) {
  require_same_count(inputs.size(), labels.size());
  return Dataset{checked_rows(inputs, "inputs"), checked_labels(labels, classes)};
}

}  // namespace lockstep
