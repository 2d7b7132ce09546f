#include "harness/compare/differences.hpp"

#include <gmock/gmock.h>

#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

Json plain(const std::string& id) { return result_json(id, {timed_case_json("one", {1, 2, 3})}); }

std::vector<Difference> between(const Json& baseline, const Json& candidate) {
  return find_differences(side_of({baseline}), side_of({candidate}));
}

TEST(Differences, of_equal_surroundings_are_none) { EXPECT_TRUE(between(plain("a"), plain("b")).empty()); }

TEST(Differences, name_what_changed_with_both_values) {
  Json other = plain("b");
  other["environment"]["software"]["driver"] = "550.1";
  other["environment"]["hardware"]["cores"] = 4;
  const auto found = between(plain("a"), other);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].what, "environment.hardware.cores");
  EXPECT_EQ(found[0].baseline, "2");
  EXPECT_EQ(found[0].candidate, "4");
  EXPECT_FALSE(found[0].forbids);
  EXPECT_EQ(found[1].what, "environment.software.driver");
  EXPECT_EQ(found[1].baseline, "not stated");
}

TEST(Differences, another_build_type_forbids_and_comes_first) {
  Json other = plain("b");
  other["tool"]["build_type"] = "Debug";
  other["environment"]["hardware"]["cpu"] = "another";
  const auto found = between(plain("a"), other);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].what, "tool.build_type");
  EXPECT_TRUE(found[0].forbids);
}

TEST(Differences, a_clock_counts_when_it_is_more_than_scatter) {
  const auto with_clock = [](const std::string& id, double hertz) {
    Json result = plain(id);
    result["environment"]["conditions"]["measured_clock_hz"] = hertz;
    return result;
  };
  EXPECT_TRUE(between(with_clock("a", 3.00e9), with_clock("b", 3.05e9)).empty());
  ASSERT_EQ(between(with_clock("a", 3.0e9), with_clock("b", 2.7e9)).size(), 1U);
}

TEST(Differences, a_load_counts_when_it_takes_half_a_core) {
  const auto with_load = [](const std::string& id, double processes) {
    Json result = plain(id);
    result["environment"]["conditions"]["load_average"] = processes;
    return result;
  };
  EXPECT_TRUE(between(with_load("a", 0.1), with_load("b", 0.5)).empty());
  ASSERT_EQ(between(with_load("a", 0.1), with_load("b", 1.7)).size(), 1U);
}

TEST(Differences, among_the_runs_of_one_side_are_differences_too) {
  Json other = plain("b");
  other["tool"]["commit"] = "def";
  const auto found = find_differences(side_of({plain("a"), other}), side_of({plain("c")}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].baseline, "abc and def");
  EXPECT_EQ(found[0].candidate, "abc");
}

TEST(Differences, in_lists_of_gpus_are_found) {
  const auto with_gpu = [](const std::string& id, const std::string& model) {
    Json result = plain(id);
    result["environment"]["hardware"]["gpus"] = Json::array({{{"model", model}, {"memory_bytes", 80}}});
    return result;
  };
  const auto found = between(with_gpu("a", "H100"), with_gpu("b", "H200"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, "environment.hardware.gpus.0.model");
}

}  // namespace
}  // namespace lockstep
