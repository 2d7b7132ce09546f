#include "harness/run/environment/system_files.hpp"

#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

class SystemFiles : public testing::FolderTest {
 protected:
  std::filesystem::path file(std::string_view content) const {
    const std::filesystem::path path = folder_ / "file";
    std::ofstream{path, std::ios::binary} << content;
    return path;
  }
};

TEST_F(SystemFiles, FirstLine) {
  EXPECT_EQ(first_line(file("performance\nmore\n")), "performance");
  EXPECT_EQ(first_line(file("no end")), "no end");
  EXPECT_EQ(first_line(file("\x1b[0m\n")), "?[0m");
  for (const char* nothing : {"", "\n", "  \n"}) EXPECT_EQ(first_line(file(nothing)), std::nullopt) << nothing;
  EXPECT_EQ(first_line(folder_ / "none"), std::nullopt);
  EXPECT_EQ(first_line(folder_), std::nullopt);
}

TEST_F(SystemFiles, Number) {
  EXPECT_EQ(number_in(file("3700000\n")), 3'700'000u);
  EXPECT_EQ(number_in(file("0")), 0u);
  for (const char* nothing : {"", "\n", "x", "12x", "-1", "1.5", "99999999999999999999"})
    EXPECT_EQ(number_in(file(nothing)), std::nullopt) << nothing;
  EXPECT_EQ(number_in(folder_ / "none"), std::nullopt);
}

TEST_F(SystemFiles, ValueOfAKey) {
  const auto path = file("model\t\t: 17\nmodel name\t: AMD EPYC\nmodel name\t: another\nempty\t:\nno separator\n");
  EXPECT_EQ(value_in(path, "model", ':'), "17");
  EXPECT_EQ(value_in(path, "model name", ':'), "AMD EPYC");
  EXPECT_EQ(value_in(path, "empty", ':'), std::nullopt);
  EXPECT_EQ(value_in(path, "mode", ':'), std::nullopt);
  EXPECT_EQ(value_in(path, "no separator", ':'), std::nullopt);
  EXPECT_EQ(value_in(folder_ / "none", "model", ':'), std::nullopt);
  EXPECT_EQ(value_in(file("NAME=x\nPRETTY_NAME=\"Debian 12\"\n"), "PRETTY_NAME", '='), "Debian 12");
}

TEST_F(SystemFiles, ALineWithoutAnEndIsNotReadForEver) {
  EXPECT_EQ(first_line("/dev/zero")->size(), 200u);
  EXPECT_EQ(value_in(file(std::string(1'000'000, 'x').append("\nkey=value\n")), "key", '='), "value");
}

}  // namespace
}  // namespace lockstep
