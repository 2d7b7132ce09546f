// Results and comparisons to export: ordinary ones, and ones in which every text is an attack.
#pragma once

#include "harness/compare/comparison.hpp"
#include "harness/compare/recorded_result.hpp"

namespace lockstep {

/// Five cases of two families, one of each verdict that a run knows but FAIL and SKIPPED twice; blocks, collectives,
/// memory, a metric without a value, two whose names differ in punctuation only.
RecordedResult example_result();
/// One timed case without anything wrong, on a machine that is `slowness` times as slow.
RecordedResult example_timed_result(double slowness);
/// Two cases, both passed, that measured nothing.
RecordedResult example_untimed_result();
/// Every text is hostile_text().
RecordedResult hostile_result();
/// As many failed cases as asked for, with long reasons.
RecordedResult example_failures(std::size_t count);

/// A case of each verdict of a comparison.
Comparison example_comparison();
/// All cases are well, but the exit code says that nothing was compared.
Comparison example_empty_comparison();
Comparison hostile_comparison();

/// What XML, Markdown, HTML, CSV, spreadsheets, OpenMetrics, workflow commands and terminals take for their own, with
/// bytes that no text may hold. Starts with `start`.
std::string hostile_text(std::string_view start = "");

}  // namespace lockstep
