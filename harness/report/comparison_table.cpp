#include "harness/report/comparison_table.hpp"

#include <algorithm>

#include "harness/base/text.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

template <typename... Args>
void print(std::FILE* out, fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(without_controls(fmt::format(text, std::forward<Args>(args)...)).c_str(), out);
}

std::string shown_value(const std::optional<double>& value, const std::string& unit) {
  return value ? shown(*value, unit) : "-";
}

bool is_same(Verdict verdict) { return verdict == Verdict::same || verdict == Verdict::skipped; }

void print_metric(std::FILE* out, const ComparedMetric& metric) {
  print(out, "      {:<12} {:<16} {} → {}: {}\n", name_of(metric.verdict), metric.name,
        shown_value(metric.baseline, metric.unit), shown_value(metric.candidate, metric.unit), metric.reason);
}

void print_case(std::FILE* out, const ComparedCase& one, Shown shown) {
  print(out, "  {:<12} {}\n", name_of(one.verdict), one.name);
  if (one.metrics.empty() && !one.reason.empty()) print(out, "      {}\n", one.reason);
  for (const ComparedMetric& metric : one.metrics)
    if (shown == Shown::everything || !is_same(metric.verdict)) print_metric(out, metric);
}

void print_side(std::FILE* out, std::string_view name, const ComparedSide& side) {
  print(out, "{:<10} {} ({} run{}, {}, commit {})\n", name, side.label, side.run_ids.size(),
        side.run_ids.size() == 1 ? "" : "s", side.started, side.commit);
}

}  // namespace

void print_comparison(std::FILE* out, const Comparison& comparison, Shown shown) {
  print_side(out, "baseline", comparison.baseline);
  print_side(out, "candidate", comparison.candidate);
  if (!comparison.differences.empty()) print(out, "\nnot the same about program and machine:\n");
  for (const Difference& difference : comparison.differences)
    print(out, "  {}{}: {} → {}\n", difference.what, difference.forbids ? " (forbids the comparison)" : "",
          difference.baseline, difference.candidate);
  print(out, "\n");
  for (const ComparedCase& one : comparison.cases)
    if (shown == Shown::everything || !is_same(one.verdict)) print_case(out, one, shown);
  print(out, "{}\n", comparison.conclusion);
}

}  // namespace lockstep
