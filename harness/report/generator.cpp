#include "harness/report/generator.hpp"

#include "harness/base/error.hpp"
#include "harness/base/program.hpp"

namespace lockstep {

std::filesystem::path find_generator(const std::filesystem::path& program) {
  for (std::filesystem::path folder = program.parent_path(); folder != folder.root_path();
       folder = folder.parent_path())
    for (const char* reports : {"reports", "share/lockstep/reports"}) {
      std::error_code ignored;
      const std::filesystem::path generator = folder / reports / "report";
      // The schema beside it tells it from any other folder of that name.
      if (std::filesystem::exists(generator, ignored) &&
          std::filesystem::exists(folder / reports / "result.schema.json", ignored))
        return generator;
    }
  throw EnvironmentError{fmt::format("{}: the report generator (reports/report) is not there", program.string())};
}

int run_generator(const std::vector<std::string>& arguments) {
  return run_program(find_generator(this_program()), arguments);
}

}  // namespace lockstep
