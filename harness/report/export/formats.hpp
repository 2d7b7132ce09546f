// The writers of the formats, one file each; exports.cpp has the table.
#pragma once

#include <string>

#include "harness/report/export/exports.hpp"

namespace lockstep {

/// JUnit XML: a suite per family, failure = verdict, error = the case did not run to its end.
std::string write_junit(const Exportable& what, const ExportOptions& options);
/// Google Benchmark's JSON, version 1: each timed metric's blocks as repetitions, and their aggregates.
std::string write_google_benchmark(const Exportable& what, const ExportOptions& options);
/// github-action-benchmark's customSmallerIsBetter and customBiggerIsBetter: a file has one direction.
std::string write_github_benchmark_smaller(const Exportable& what, const ExportOptions& options);
std::string write_github_benchmark_bigger(const Exportable& what, const ExportOptions& options);
/// Bencher Metric Format.
std::string write_bencher(const Exportable& what, const ExportOptions& options);
/// Markdown as GitHub shows it, for $GITHUB_STEP_SUMMARY; below 1 MiB.
std::string write_github_summary(const Exportable& what, const ExportOptions& options);
/// Workflow commands that GitHub shows as annotations.
std::string write_github_annotations(const Exportable& what, const ExportOptions& options);
/// OpenMetrics 1.0 text.
std::string write_openmetrics(const Exportable& what, const ExportOptions& options);
/// RFC 4180, one row per case, metric and block, or per compared metric.
std::string write_csv(const Exportable& what, const ExportOptions& options);
/// The tables of nccl-tests, one per collective.
std::string write_nccl_tests(const Exportable& what, const ExportOptions& options);

/// Says that `format` has nothing to export, and why. Throws EnvironmentError.
[[noreturn]] void nothing_to_export(std::string_view format, std::string_view why);

}  // namespace lockstep
