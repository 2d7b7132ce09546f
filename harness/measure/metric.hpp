// A measured number with its unit, direction and definition.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/measure/statistics.hpp"

namespace lockstep {

enum class Better { higher, lower, none };

constexpr std::string_view name_of(Better better) {
  return better == Better::higher ? "higher" : better == Better::lower ? "lower" : "none";
}

struct Metric {
  std::string name;
  std::string unit;  // "s", "1", "samples/s", "B"
  Better better = Better::none;
  std::optional<double> value{};  // not set when it cannot be measured here
  std::optional<double> low{};    // 95 % interval of the value
  std::optional<double> high{};
  std::string definition{};
  bool has_samples = false;      // samples.jsonl holds what the value was computed from
  std::vector<double> blocks{};  // one value per independent unit of the measurement; `value` is their median
  bool exact = false;            // the same in every run of the same program, on any machine
  bool untimed = false;          // not computed from time, although it may differ from run to run
};

/// The metric with the median of `values` and its bootstrap interval; without a value when there are none.
Metric summarised(Metric metric, const std::vector<double>& values);

}  // namespace lockstep
