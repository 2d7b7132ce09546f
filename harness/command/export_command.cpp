#include <cstdio>

#include "harness/base/files.hpp"
#include "harness/command/commands.hpp"
#include "harness/command/exporting.hpp"
#include "harness/compare/comparison_json.hpp"

namespace lockstep {
namespace {

std::string exported(const ExportFormat& format, const ExportCommandOptions& options) {
  if (is_comparison(options.input)) {
    const Comparison comparison = read_comparison(options.input);
    return format.write(&comparison, export_options(options.inconclusive));
  }
  const RecordedResult result = read_result(options.input);
  return format.write(&result, export_options(options.inconclusive));
}

}  // namespace

ExitCode export_command(const ExportCommandOptions& options) {
  const std::string text = exported(export_format(options.format), options);
  if (options.output.empty())
    std::fwrite(text.data(), 1, text.size(), stdout);  // main asks whether all of it arrived
  else
    write_file_atomically(options.output, text);
  return ExitCode::passed;
}

}  // namespace lockstep
