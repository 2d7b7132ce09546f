// Results and comparisons in the formats that other programs read.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/export/exportable.hpp"

namespace lockstep {

struct ExportOptions {
  /// Formats that know failed and skipped only (junit) call INCONCLUSIVE skipped instead of failed.
  bool skip_inconclusive = false;
};

struct ExportFormat {
  std::string_view name;
  std::string_view what;  // in a few words, for the help
  /// The whole file. Throws EnvironmentError where the format has nothing to say of this.
  std::string (*write)(const Exportable&, const ExportOptions&);
};

/// All formats, in the order in which they are listed to people.
std::span<const ExportFormat> export_formats();

/// Throws UsageError for an unknown name.
const ExportFormat& export_format(std::string_view name);

struct ExportRequest {
  const ExportFormat* format = nullptr;
  std::filesystem::path file;
};

/// "junit=results/junit.xml". Throws UsageError for an unknown format, a missing file, and a file named twice.
std::vector<ExportRequest> parse_export_requests(std::span<const std::string> texts);

/// Writes every file that was asked for, each whole or not at all. Throws after the last, with the first one's code and
/// all that went wrong with any: IoError, or EnvironmentError where a format has nothing to say.
void write_exports(const std::vector<ExportRequest>& requests, const Exportable& what,
                   const ExportOptions& options = {});

}  // namespace lockstep
