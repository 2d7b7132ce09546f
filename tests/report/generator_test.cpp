#include "harness/report/generator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "harness/base/error.hpp"
#include "harness/base/program.hpp"

namespace lockstep {
namespace {

class Generator : public testing::Test {
 protected:
  Generator() {
    std::string name = (std::filesystem::temp_directory_path() / "lockstep-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Generator() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream{folder_ / name} << "x";
  }

  std::filesystem::path folder_;
};

TEST_F(Generator, is_found_above_the_build_folder) {
  put("reports/report");
  put("reports/result.schema.json");
  EXPECT_EQ(find_generator(folder_ / "build" / "release" / "lockstep"), folder_ / "reports" / "report");
  EXPECT_EQ(find_generator(folder_ / "build" / "release" / "planted" / "lockstep-slow"),
            folder_ / "reports" / "report");
}

TEST_F(Generator, is_found_where_it_is_installed) {
  put("share/lockstep/reports/report");
  put("share/lockstep/reports/result.schema.json");
  EXPECT_EQ(find_generator(folder_ / "bin" / "lockstep"), folder_ / "share/lockstep/reports/report");
}

TEST_F(Generator, is_not_any_folder_of_that_name) {
  put("reports/report");
  EXPECT_THROW(find_generator(folder_ / "build" / "lockstep"), EnvironmentError);
}

TEST(Program, gives_its_exit_code_or_the_signal_that_ended_it) {
  EXPECT_EQ(run_program("/bin/sh", {"-c", "exit 3"}), 3);
  EXPECT_EQ(run_program("/bin/sh", {"-c", "kill -9 $$"}), 137);
  EXPECT_THROW(run_program("/no/such/program", {}), IoError);
}

}  // namespace
}  // namespace lockstep
