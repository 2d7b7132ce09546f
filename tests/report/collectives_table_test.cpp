#include "harness/report/collectives_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Json row_of(std::uint64_t bytes, bool in_place, double seconds) {
  const double rate = static_cast<double>(bytes) / seconds;
  return {{"bytes", bytes},       {"count", bytes / 4}, {"type", "float"}, {"redop", "sum"},      {"root", -1},
          {"in_place", in_place}, {"seconds", seconds}, {"algbw", rate},   {"busbw", 1.5 * rate}, {"wrong", 0}};
}

Json case_of(Json rows) { return {{"name", "c/devices=4"}, {"bandwidth", std::move(rows)}}; }

TEST(CollectivesTable, HasTheLinesOfNcclTests) {
  const Json rows{row_of(1'000'000, false, 100e-6), row_of(1'000'000, true, 50e-6), row_of(2'000'000, false, 0.02)};
  const std::string table = collectives_table(case_of(rows));
  EXPECT_THAT(table, HasSubstr("# c/devices=4\n"));
  EXPECT_THAT(table, HasSubstr("     1000000        250000     float     sum      -1    100.0   10.00   15.00       0"
                               "    50.00   20.00   30.00       0\n"));
  EXPECT_THAT(table, HasSubstr("     2000000        500000     float     sum      -1    20000    0.10    0.15       0"
                               "      N/A     N/A     N/A       0\n"));
  EXPECT_THAT(table, HasSubstr("# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 15.05\n"));
}

// As scripts that read nccl-tests do it.
TEST(CollectivesTable, LinesAreReadByColumns) {
  const std::string table = collectives_table(case_of({row_of(4096, false, 2e-6), row_of(4096, true, 1e-6)}));
  const std::regex line{R"(\n\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(-?\d+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+(\d+))"
                        R"(\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+(\d+)\n)"};
  std::smatch found;
  ASSERT_TRUE(std::regex_search(table, found, line)) << table;
  EXPECT_EQ(found[1], "4096");
  EXPECT_EQ(found[6], "2.00");
  EXPECT_EQ(found[12], "6.14");
}

TEST(CollectivesTable, SaysWhatIsWrongAndWhatWasNotTimed) {
  Json wrong = row_of(4096, true, 1e-6);
  wrong["wrong"] = 3;
  EXPECT_THAT(collectives_table(case_of({wrong})), HasSubstr("# Out of bounds values : 3 FAILED\n"));
  Json untimed = row_of(4096, true, 1e-6);
  untimed["seconds"] = untimed["algbw"] = untimed["busbw"] = nullptr;
  EXPECT_THAT(collectives_table(case_of({untimed})), HasSubstr("# Avg bus bandwidth    : N/A\n"));
}

TEST(CollectivesTable, OfACaseWithoutIsEmpty) {
  EXPECT_EQ(collectives_table(case_of(Json::array())), "");
  EXPECT_EQ(collectives_table({{"name", "c"}}), "");
}

}  // namespace
}  // namespace lockstep
