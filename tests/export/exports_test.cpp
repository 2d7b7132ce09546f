#include "harness/report/export/exports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/units.hpp"
#include "harness/report/export/judgement.hpp"
#include "harness/report/export/shown.hpp"
#include "tests/export/examples.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

template <typename Thrown>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Thrown& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing of this kind was thrown";
  return "";
}

std::string written(std::string_view format, const Exportable& what, const ExportOptions& options = {}) {
  return export_format(format).write(what, options);
}

TEST(Formats, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const ExportFormat& format : export_formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_FALSE(format.what.empty());
  }
  EXPECT_GE(names.size(), 10u);
}

TEST(Formats, AMisspeltOneIsAUsageErrorThatNamesTheNearest) {
  EXPECT_THAT(message_of<UsageError>([] { export_format("junti"); }), HasSubstr("did you mean \"junit\""));
  EXPECT_THAT(message_of<UsageError>([] { export_format(""); }), HasSubstr("openmetrics"));
}

TEST(Formats, OfNothingToSayNoneIsAnEmptySuccess) {
  RecordedResult nothing = example_untimed_result();
  nothing.cases.clear();
  const Comparison no_cases{};
  for (const ExportFormat& format : export_formats())
    EXPECT_THAT(message_of<EnvironmentError>([&] { format.write(&nothing, {}); }), HasSubstr("nothing to export as"))
        << format.name;
  Comparison passed;
  passed.exit_code = ExitCode::passed;
  for (const ExportFormat& format : export_formats())
    EXPECT_THAT(message_of<EnvironmentError>([&] { format.write(&passed, {}); }), HasSubstr("nothing to export as"))
        << format.name;
}

TEST(Formats, SayWhatTheyLack) {
  const RecordedResult untimed = example_untimed_result();
  for (const char* format :
       {"nccl-tests", "google-benchmark", "bencher", "github-benchmark-smaller", "github-benchmark-bigger"})
    EXPECT_THAT(message_of<EnvironmentError>([&] { written(format, &untimed); }), HasSubstr(format));
  const Comparison comparison = example_comparison();
  for (const char* format : {"nccl-tests", "google-benchmark"})
    EXPECT_THAT(message_of<EnvironmentError>([&] { written(format, &comparison); }), HasSubstr(format));
}

TEST(Formats, NoNumberIsInfinite) {
  RecordedResult result = example_timed_result(1);
  RecordedMetric& metric = result.cases[0].metrics[0];
  metric.value = 1.7e308;
  metric.low = -1.7e308;
  metric.high = 1.7e308;
  metric.blocks = {1.7e308, 1.7e308};
  for (const char* format : {"bencher", "github-benchmark-smaller", "csv", "openmetrics", "junit"})
    EXPECT_THAT(written(format, &result), Not(::testing::ContainsRegex("[^a-z](inf|nan|null)[^a-z]"))) << format;
  // In ns it is too large, so there is none.
  EXPECT_THROW(written("google-benchmark", &result), EnvironmentError);
}

TEST(Requests, AreAFormatAndAFile) {
  const std::vector<std::string> texts{"junit=a/b=c.xml", "csv=x.csv"};
  const std::vector<ExportRequest> requests = parse_export_requests(texts);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].format->name, "junit");
  EXPECT_EQ(requests[0].file, "a/b=c.xml");
  EXPECT_EQ(requests[1].file, "x.csv");
}

TEST(Requests, ThatMakeNoSenseAreUsageErrors) {
  for (const char* text : {"", "junit", "junit=", "=file", "nothing=file"}) {
    const std::vector<std::string> texts{text};
    EXPECT_THROW(parse_export_requests(texts), UsageError) << text;
  }
  const std::vector<std::string> twice{"junit=out", "csv=./out"};
  EXPECT_THAT(message_of<UsageError>([&] { parse_export_requests(twice); }), HasSubstr("twice"));
}

class WriteExports : public lockstep::testing::FolderTest {};

TEST_F(WriteExports, WritesTheOthersWhenOneCannotBeWritten) {
  const RecordedResult result = example_untimed_result();
  const std::vector<ExportRequest> requests{{&export_format("junit"), folder_ / "missing" / "junit.xml"},
                                            {&export_format("nccl-tests"), folder_ / "table"},
                                            {&export_format("csv"), folder_ / "numbers.csv"}};
  try {
    write_exports(requests, &result);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::io);  // of the first
    EXPECT_THAT(error.what(), HasSubstr("junit.xml"));
    EXPECT_THAT(error.what(), HasSubstr("nothing to export as nccl-tests"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "table"));
  EXPECT_EQ(read_file(folder_ / "numbers.csv", MiB), written("csv", &result));
}

TEST(Judgement, ARunThatDidNotEndIsAnError) {
  RecordedResult result = example_untimed_result();
  EXPECT_EQ(worst_verdict(judge(&result)), Verdict::pass);
  for (const char* status : {"running", "interrupted"}) {
    result.status = status;
    EXPECT_EQ(worst_verdict(judge(&result)), Verdict::error);
    EXPECT_EQ(counts_text(judge(&result)), "1 ERROR, 2 PASS");
  }
}

TEST(Judgement, AnExitCodeThatNoCaseExplainsIsACase) {
  const Comparison nothing = example_empty_comparison();
  EXPECT_EQ(worst_verdict(judge(&nothing)), Verdict::inconclusive);
  EXPECT_EQ(counts_text(judge(&nothing)), "1 INCONCLUSIVE, 1 SKIPPED");
  const Comparison regressed = example_comparison();
  EXPECT_EQ(judge(&regressed).cases.size(), regressed.cases.size());
}

TEST(Judgement, TheWorstIsAWrongResultAndOneThatIsWellOutweighsSkipped) {
  const Comparison comparison = example_comparison();
  EXPECT_EQ(worst_verdict(judge(&comparison)), Verdict::fail);
  Comparison skipped = example_empty_comparison();
  skipped.exit_code = ExitCode::passed;
  EXPECT_EQ(worst_verdict(judge(&skipped)), Verdict::skipped);
  skipped.cases.push_back(comparison.cases[0]);
  EXPECT_EQ(worst_verdict(judge(&skipped)), Verdict::same);
  std::vector<Verdict> by_severity{Verdict::pass,    Verdict::skipped, Verdict::inconclusive, Verdict::missing,
                                   Verdict::invalid, Verdict::error,   Verdict::regressed,    Verdict::fail};
  EXPECT_TRUE(std::ranges::is_sorted(by_severity, {}, severity));
}

TEST(Shown, HoldsNothingThatDrivesATerminalOrBreaksXml) {
  EXPECT_EQ(shown("a\nb\x1b[1m\xffz"), "a?b?[1m?z");
  EXPECT_EQ(shown("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD ü"), "??\xEF\xBF\xBD ü");
  EXPECT_EQ(shown(std::string(2, '\0')), "??");
}

TEST(Shown, NumbersReadBackTheSame) {
  for (const double value : {0.1, 1e-7, 123456789.123, 1e21, -0.0, std::numeric_limits<double>::min()})
    EXPECT_EQ(std::stod(exact_text(value)), value);
}

TEST(Shown, EveryUnitHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (const char* unit : {"s", "B", "B/s", "s/B", "s/sqrt(B)", "samples", "samples/s", "1"})
    EXPECT_TRUE(words.insert(word_of_unit(unit)).second) << unit;
  EXPECT_FALSE(words.contains(word_of_unit("parsec")));
}

TEST(Shown, FactsOfTheWrongKindAreAbsent) {
  const Json object{{"hardware", {{"cpu", 3}, {"cores", "two"}}}, {"flat", "text"}};
  EXPECT_EQ(text_at(object, "hardware", "cpu"), std::nullopt);
  EXPECT_EQ(number_at(object, "hardware", "cores"), std::nullopt);
  EXPECT_EQ(text_at(object, "flat", "inner"), std::nullopt);
  EXPECT_EQ(text_at(object, "flat"), "text");
  EXPECT_EQ(text_at(Json{}, "flat"), std::nullopt);
}

TEST(GoogleBenchmark, TwoCasesOfOneNameAreRefused) {
  RecordedResult result = example_timed_result(1);
  result.cases.push_back(result.cases[0]);
  EXPECT_THAT(message_of<InputError>([&] { written("google-benchmark", &result); }), HasSubstr("two cases"));
}

TEST(Csv, MoreAxesThanAnyScenarioHasAreRefused) {
  RecordedResult result = example_timed_result(1);
  for (int i = 0; i < 300; ++i) result.cases[0].axes.emplace_back(fmt::format("axis{}", i), "1");
  EXPECT_THROW(written("csv", &result), InputError);
}

}  // namespace
}  // namespace lockstep
