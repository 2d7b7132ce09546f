// write_export_examples FOLDER: every example in every format that has something to say of it, FOLDER/EXAMPLE/FORMAT.
#include <cstdio>

#include "harness/base/files.hpp"
#include "harness/report/export/exports.hpp"
#include "tests/export/examples.hpp"

namespace lockstep {
namespace {

void write_all(const std::filesystem::path& folder, const Exportable& what, const ExportOptions& options = {}) {
  std::filesystem::create_directories(folder);
  for (const ExportFormat& format : export_formats()) {
    try {
      write_file_atomically(folder / format.name, format.write(what, options));
    } catch (const EnvironmentError&) {  // nothing to export
    }
  }
}

void write_examples(const std::filesystem::path& folder) {
  const RecordedResult result = example_result(), hostile = hostile_result(), untimed = example_untimed_result();
  const RecordedResult fast = example_timed_result(1), slow = example_timed_result(1.1);
  const RecordedResult failures = example_failures(20), many = example_failures(5000);
  RecordedResult interrupted = example_untimed_result();
  interrupted.status = "interrupted";
  const Comparison comparison = example_comparison(), empty = example_empty_comparison();
  const Comparison hostile_sides = hostile_comparison();
  write_all(folder / "result", &result);
  write_all(folder / "result-unsure-skipped", &result, {.skip_inconclusive = true});
  write_all(folder / "hostile", &hostile);
  write_all(folder / "untimed", &untimed);
  write_all(folder / "interrupted", &interrupted);
  write_all(folder / "fast", &fast);
  write_all(folder / "slow", &slow);
  write_all(folder / "failures", &failures);
  write_all(folder / "many-failures", &many);
  write_all(folder / "comparison", &comparison);
  write_all(folder / "empty-comparison", &empty);
  write_all(folder / "hostile-comparison", &hostile_sides);
}

}  // namespace
}  // namespace lockstep

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: write_export_examples FOLDER\n", stderr);
    return 2;
  }
  lockstep::write_examples(arguments[1]);
  return 0;
}
