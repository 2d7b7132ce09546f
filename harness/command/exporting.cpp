#include "harness/command/exporting.hpp"

#include <cstdio>
#include <functional>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

void throw_only_after_a_pass(ExitCode code, const std::function<void()>& write) {
  try {
    write();
  } catch (const Error& error) {
    if (code == ExitCode::passed) throw;
    std::fputs(fmt::format("error: {}\n", without_controls(error.what())).c_str(), stderr);
  }
}

}  // namespace

ExportOptions export_options(const std::string& inconclusive) {
  return {.skip_inconclusive = inconclusive == "skipped"};
}

void refuse_overwriting(const std::vector<ExportRequest>& requests, const std::filesystem::path& own) {
  for (const ExportRequest& request : requests)
    if (!own.empty() &&
        std::filesystem::absolute(request.file).lexically_normal() == std::filesystem::absolute(own).lexically_normal())
      throw UsageError{
          fmt::format("--export {}: this command writes its own result there", printable(request.file.string()))};
}

void export_outcome(const ExportArguments& arguments, const std::vector<ExportRequest>& requests,
                    const Exportable& what, ExitCode code) {
  throw_only_after_a_pass(code, [&] { write_exports(requests, what, export_options(arguments.inconclusive)); });
}

void export_run(const ExportArguments& arguments, const std::vector<ExportRequest>& requests,
                const std::filesystem::path& folder, ExitCode code) {
  if (requests.empty()) return;
  throw_only_after_a_pass(code, [&] {
    const RecordedResult result = read_result(folder);
    write_exports(requests, &result, export_options(arguments.inconclusive));
  });
}

}  // namespace lockstep
