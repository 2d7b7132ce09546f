#include "harness/report/export/exports.hpp"

#include <algorithm>
#include <array>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/text.hpp"
#include "harness/report/export/formats.hpp"

namespace lockstep {
namespace {

constexpr std::array<ExportFormat, 10> formats{{
    {"junit", "JUnit XML: verdicts, for CI", write_junit},
    {"google-benchmark", "JSON of Google Benchmark: times with their repetitions, for its compare.py",
     write_google_benchmark},
    {"github-benchmark-smaller", "github-action-benchmark, customSmallerIsBetter", write_github_benchmark_smaller},
    {"github-benchmark-bigger", "github-action-benchmark, customBiggerIsBetter", write_github_benchmark_bigger},
    {"bencher", "Bencher Metric Format (JSON)", write_bencher},
    {"github-summary", "Markdown for $GITHUB_STEP_SUMMARY", write_github_summary},
    {"github-annotations", "workflow commands, to be printed in a GitHub job", write_github_annotations},
    {"openmetrics", "OpenMetrics text, for Prometheus", write_openmetrics},
    {"csv", "tidy CSV: one row per case, metric and block", write_csv},
    {"nccl-tests", "tables of nccl-tests: collectives by size", write_nccl_tests},
}};

ExportRequest parse_export_request(std::string_view text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign + 1 == text.size())
    throw UsageError{fmt::format("--export {}: expected FORMAT=FILE", printable(text))};
  return {&export_format(text.substr(0, sign)), std::filesystem::path{text.substr(sign + 1)}};
}

/// In full, by which files are told apart; in a folder that is gone it stays as it was given.
std::filesystem::path place_of(const ExportRequest& request) {
  std::error_code failed;
  const std::filesystem::path full = std::filesystem::absolute(request.file, failed);
  return (failed ? request.file : full).lexically_normal();
}

}  // namespace

std::span<const ExportFormat> export_formats() { return formats; }

const ExportFormat& export_format(std::string_view name) {
  const auto* const found = std::ranges::find(formats, name, &ExportFormat::name);
  if (found != formats.end()) return *found;
  std::vector<std::string_view> names;
  std::string list;
  for (const ExportFormat& format : formats) {
    names.push_back(format.name);
    list += fmt::format("{}{}", list.empty() ? "" : ", ", format.name);
  }
  throw UsageError{fmt::format("unknown format {}{}\nFormats: {}", printable(name), did_you_mean(name, names), list)};
}

std::vector<ExportRequest> parse_export_requests(std::span<const std::string> texts) {
  std::vector<ExportRequest> requests;
  for (const std::string& text : texts) {
    const ExportRequest request = parse_export_request(text);
    const auto is_same_file = [&](const ExportRequest& other) { return place_of(other) == place_of(request); };
    if (std::ranges::any_of(requests, is_same_file))
      throw UsageError{fmt::format("--export names {} twice", printable(request.file.string()))};
    requests.push_back(request);
  }
  return requests;
}

void write_exports(const std::vector<ExportRequest>& requests, const Exportable& what, const ExportOptions& options) {
  ExitCode first_code = ExitCode::passed;
  std::string messages;
  for (const ExportRequest& request : requests) {
    try {
      write_file_atomically(request.file, request.format->write(what, options));
    } catch (const Error& error) {
      if (error.code() == ExitCode::internal) throw;
      if (messages.empty()) first_code = error.code();
      messages += (messages.empty() ? "" : "\nerror: ") + std::string{error.what()};
    }
  }
  if (!messages.empty()) throw Error{first_code, messages};
}

void nothing_to_export(std::string_view format, std::string_view why) {
  throw EnvironmentError{fmt::format("nothing to export as {}: {}", format, why)};
}

}  // namespace lockstep
