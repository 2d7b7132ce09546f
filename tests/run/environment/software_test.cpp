#include "harness/run/environment/software.hpp"

#include <gmock/gmock.h>

#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::MatchesRegex;
using Software = testing::FolderTest;

TEST_F(Software, OperatingSystem) {
  EXPECT_EQ(describe_software(folder_)["os"], "unknown");
  std::filesystem::create_directory(folder_ / "etc");
  std::ofstream{folder_ / "etc/os-release"} << "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
  EXPECT_EQ(describe_software(folder_)["os"], "Debian GNU/Linux 12 (bookworm)");
}

TEST_F(Software, VersionsOfLibraries) {
  const Json software = describe_software(folder_);
  for (const char* library : {"hwloc", "zlib", "xxhash", "fmt", "openblas"})
    EXPECT_THAT(software[library].get<std::string>(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+.*")) << library;
  EXPECT_THAT(software["kernel"].get<std::string>(), MatchesRegex("Linux [0-9]+\\.[0-9]+.*"));
}

TEST(OpenBlasVersion, IsTheFirstWordAfterTheName) {
  EXPECT_EQ(openblas_version("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH"), "0.3.21");
  EXPECT_EQ(openblas_version("OpenBLAS 0.3.29"), "0.3.29");
  EXPECT_EQ(openblas_version("another library 1.0"), nullptr);
  EXPECT_EQ(openblas_version(""), nullptr);
}

}  // namespace
}  // namespace lockstep
