// The numbers of a result or of the candidate of a comparison, one by one.
#pragma once

#include <vector>

#include "harness/report/export/exportable.hpp"

namespace lockstep {

/// A number that was measured; absent ones are left out. All text is harmless and on one line.
struct Reading {
  std::string case_name, family;
  std::string metric, unit;
  Better better = Better::none;
  double value = 0;
  std::optional<double> low, high;
  std::string note;            // its definition, or what comparing came to
  bool is_trustworthy = true;  // its case is well: PASS, SAME, IMPROVED
};

/// Whether it is what a result's table of memory says of one device, "peak_memory.1"; who exports the table leaves it
/// out.
constexpr bool is_peak_of_a_device(std::string_view metric) { return metric.starts_with("peak_memory."); }

std::vector<Reading> readings(const Exportable& what);

}  // namespace lockstep
