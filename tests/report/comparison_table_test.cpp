#include "harness/report/comparison_table.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string printed(const Comparison& comparison, Shown shown) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  print_comparison(out, comparison, shown);
  std::fclose(out);
  std::string result{text, size};
  std::free(text);
  return result;
}

ComparedMetric metric(const std::string& name, Verdict verdict) {
  ComparedMetric metric{.name = name, .unit = "s", .better = Better::lower, .verdict = verdict, .reason = "because"};
  metric.baseline = 0.1;
  metric.candidate = 0.12;
  return metric;
}

Comparison example() {
  Comparison comparison{.baseline = {"a", {"1"}, "2026-01-02", "abc"},
                        .candidate = {"b", {"2", "3"}, "2026-01-03", "def"},
                        .design = "independent",
                        .differences = {{"tool.build_type", "Release", "Debug", true}, {"software.driver", "1", "2"}},
                        .cases = {},
                        .conclusion = "2 cases"};
  comparison.cases = {{"good", "speedup", "cpu", Verdict::same, "", {metric("step_time", Verdict::same)}},
                      {"bad",
                       "speedup",
                       "cpu",
                       Verdict::regressed,
                       "",
                       {metric("step_time", Verdict::regressed), metric("other", Verdict::same)}},
                      {"gone", "speedup", "cpu", Verdict::missing, "the candidate does not have this case", {}}};
  return comparison;
}

TEST(ComparisonTable, shows_what_changed_and_what_may_be_to_blame) {
  const std::string text = printed(example(), Shown::changes);
  EXPECT_THAT(text, HasSubstr("baseline   a (1 run, 2026-01-02, commit abc)\n"));
  EXPECT_THAT(text, HasSubstr("candidate  b (2 runs,"));
  EXPECT_THAT(text, HasSubstr("  tool.build_type (forbids the comparison): Release → Debug\n"));
  EXPECT_THAT(text, HasSubstr("  software.driver: 1 → 2\n"));
  EXPECT_THAT(text, HasSubstr("REGRESSED    step_time        100.00 ms → 120.00 ms: because\n"));
  EXPECT_THAT(text, HasSubstr("the candidate does not have this case"));
  EXPECT_THAT(text, Not(HasSubstr("good")));
  EXPECT_THAT(text, Not(HasSubstr("other")));
  EXPECT_TRUE(text.ends_with("2 cases\n"));
}

TEST(ComparisonTable, shows_everything_when_asked) {
  const std::string text = printed(example(), Shown::everything);
  EXPECT_THAT(text, HasSubstr("good"));
  EXPECT_THAT(text, HasSubstr("other"));
}

TEST(ComparisonTable, cannot_drive_a_terminal) {
  Comparison comparison = example();
  comparison.baseline.label = "\x1b[2J";
  comparison.cases[1].name = "\x1b]0;title\x07";
  EXPECT_THAT(printed(comparison, Shown::everything), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace lockstep
