// --export of the commands that end with a result.
#pragma once

#include "harness/command/command_line.hpp"
#include "harness/report/export/exports.hpp"

namespace lockstep {

ExportOptions export_options(const std::string& inconclusive);

/// Throws UsageError when one of them would replace `own`, a file that the command itself writes; empty: none.
void refuse_overwriting(const std::vector<ExportRequest>& requests, const std::filesystem::path& own);

/// Writes what --export asked for. That a file could not be written is less than what the outcome, `code`, says, so it
/// is thrown only when that is a pass, and else printed.
void export_outcome(const ExportArguments& arguments, const std::vector<ExportRequest>& requests,
                    const Exportable& what, ExitCode code);

/// The same of a run, whose result is read back from its folder.
void export_run(const ExportArguments& arguments, const std::vector<ExportRequest>& requests,
                const std::filesystem::path& folder, ExitCode code);

}  // namespace lockstep
