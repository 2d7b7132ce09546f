// Results from outside. E…: entries of the catalogue of bad input.
#include "harness/compare/recorded_result.hpp"

#include <gmock/gmock.h>

#include "harness/base/error.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

using testing::HasSubstr;

Json plain() { return result_json("a", {timed_case_json("one", {0.01, 0.02, 0.03})}); }

std::string refusal(const std::string& text) {
  try {
    parse_result(text, "r.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

/// The plain result with one value replaced.
std::string refusal_with(const std::string& pointer, const Json& value) {
  Json result = plain();
  result[Json::json_pointer{pointer}] = value;
  return refusal(result.dump());
}

TEST(RecordedResult, holds_what_the_file_says) {
  const RecordedResult result = recorded(plain());
  EXPECT_EQ(result.run_id, "a");
  EXPECT_EQ(result.status, "complete");
  ASSERT_EQ(result.cases.size(), 1U);
  const RecordedCase& one = result.cases[0];
  EXPECT_EQ(one.name, "one");
  EXPECT_EQ(one.axes[0], (std::pair<std::string, std::string>{"devices", "2"}));
  EXPECT_EQ(one.devices, 2U);
  EXPECT_EQ(one.verdict, Verdict::pass);
  EXPECT_EQ(one.checks[0].compared, 4U);
  EXPECT_EQ(one.metrics[0].blocks, (std::vector<double>{0.01, 0.02, 0.03}));
  EXPECT_EQ(one.metrics[0].better, Better::lower);
}

TEST(RecordedResult, of_an_older_program_lacks_what_it_did_not_write) {
  Json result = plain();
  result["run"].erase("id");
  for (const char* key : {"devices", "strategy", "global_batch", "precision", "repetitions"})
    result["cases"][0].erase(key);
  result["cases"][0]["metrics"][0].erase("blocks");
  const RecordedResult old = recorded(result);
  EXPECT_EQ(old.run_id, "");
  EXPECT_FALSE(old.cases[0].devices);
  EXPECT_TRUE(old.cases[0].metrics[0].blocks.empty());
}

TEST(RecordedResult, peaks_of_memory_are_exact_metrics) {
  Json result = plain();
  result["cases"][0]["memory"] = {{{"device", 0}, {"use", "gradients"}, {"peak_bytes", 8}},
                                  {{"device", 0}, {"use", "total"}, {"peak_bytes", 24}}};
  const RecordedMetric peak = recorded(result).cases[0].metrics.back();
  EXPECT_EQ(peak.name, "peak_memory.0");
  EXPECT_EQ(peak.value, 24);
  EXPECT_TRUE(peak.exact);
}

TEST(RecordedResult, E85_is_refused_when_empty_or_cut_off) {
  EXPECT_THAT(refusal(""), HasSubstr("r.json: empty"));
  EXPECT_THAT(refusal(" \n"), HasSubstr("empty"));
  const std::string whole = plain().dump();
  for (std::size_t length = 1; length < whole.size(); length += 7)
    EXPECT_THAT(refusal(whole.substr(0, length)), HasSubstr("not JSON")) << length;
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 1)), HasSubstr("incomplete"));
  EXPECT_THAT(refusal(whole + "{}"), HasSubstr("not JSON"));
}

TEST(RecordedResult, E85_of_a_run_that_did_not_end_is_no_side) {
  const TemporaryFolder folder;
  for (const char* status : {"running", "interrupted", "\x1b[2J"}) {
    Json result = plain();
    result["run"]["status"] = status;
    if (std::string{status}.starts_with('\x1b')) {
      EXPECT_THAT(refusal(result.dump()), HasSubstr("run.status"));
      continue;
    }
    const auto file = folder.write("result.json", result.dump());
    EXPECT_THROW(read_side(file), InputError) << status;
  }
}

TEST(RecordedResult, E87_is_refused_with_an_id_that_is_no_name) {
  for (const std::string& id : {std::string{}, std::string{"a\x1b[2J"}, std::string(501, 'a')})
    EXPECT_THAT(refusal_with("/run/id", id), HasSubstr("run.id: expected 1 to 500 bytes")) << id;
  EXPECT_THAT(refusal_with("/run/id", 7), HasSubstr("run.id: expected text"));
}

TEST(RecordedResult, E86_numbers_are_finite_or_null) {
  std::string text = plain().dump();
  for (const char* bad : {"NaN", "Infinity", "-Infinity", "1e999"}) {
    std::string broken = text;
    broken.replace(broken.find("\"duration_s\":1.5") + 13, 3, bad);
    EXPECT_NE(refusal(broken), "accepted") << bad;
  }
  EXPECT_THAT(refusal_with("/cases/0/metrics/0/value", "0.02"),
              HasSubstr("cases[0].metrics[0].value: expected a number"));
}

TEST(RecordedResult, E87_nothing_is_there_twice_or_too_rarely) {
  Json result = plain();
  result["cases"].push_back(result["cases"][0]);
  EXPECT_THAT(refusal(result.dump()), HasSubstr("case \"one\" twice"));
  result = plain();
  result["cases"][0]["metrics"].push_back(result["cases"][0]["metrics"][0]);
  EXPECT_THAT(refusal(result.dump()), HasSubstr("metric \"step_time\" twice"));
  EXPECT_THAT(refusal_with("/cases/0/repetitions", 4), HasSubstr("has 3 blocks of step_time, but asks for 4"));
  EXPECT_THAT(refusal(R"({"schema_version": 1, "schema_version": 1})"), HasSubstr("duplicate key"));
}

TEST(RecordedResult, E88_times_are_above_zero) {
  for (const double bad : {0.0, -0.01}) {
    Json result = plain();
    result["cases"][0]["metrics"][0]["blocks"][0] = bad;
    EXPECT_THAT(refusal(result.dump()), HasSubstr("a time that is not above 0"));
  }
  const auto hidden = [](double seconds) {
    return refusal(
        result_json("a", {case_json("one", {metric_json("exposed_communication", "s", "lower", {0, seconds, 0.1})})})
            .dump());
  };
  EXPECT_EQ(hidden(0.0), "accepted");  // all of it was hidden
  EXPECT_THAT(hidden(-0.1), HasSubstr("a time below 0"));
}

TEST(RecordedResult, value_is_the_median_of_its_blocks_and_inside_its_interval) {
  EXPECT_THAT(refusal_with("/cases/0/metrics/0/value", 0.021), HasSubstr("not the median"));
  EXPECT_THAT(refusal_with("/cases/0/metrics/0/low", 0.5), HasSubstr("outside its interval"));
}

TEST(RecordedResult, E92_a_pass_needs_something_that_was_compared) {
  EXPECT_THAT(refusal_with("/cases/0/checks/0/compared", 0), HasSubstr("passed, but compared nothing"));
  EXPECT_THAT(refusal_with("/cases/0/checks", Json::array()), HasSubstr("passed without a check"));
  EXPECT_THAT(refusal_with("/cases/0/checks/0/verdict", "FAIL"),
              HasSubstr("passed, but its check \"replicas\" is FAIL"));
}

TEST(RecordedResult, E94_units_are_known) {
  EXPECT_THAT(refusal_with("/cases/0/metrics/0/unit", "parsecs"), HasSubstr("expected one of s, B"));
  EXPECT_THAT(refusal_with("/cases/0/metrics/0/unit", nullptr), HasSubstr("missing key \"unit\""));
}

TEST(RecordedResult, E95_schema_is_known) {
  EXPECT_THAT(refusal_with("/schema_version", 2), HasSubstr("2 is not a version that this program knows"));
  EXPECT_THAT(refusal_with("/schema_version", nullptr), HasSubstr("missing key"));
  EXPECT_THAT(refusal_with("/tool/name", "other"), HasSubstr("expected \"lockstep\""));
}

TEST(RecordedResult, names_verdicts_and_tiers_are_ours) {
  EXPECT_THAT(refusal_with("/cases/0/verdict", "GREEN"), HasSubstr("expected one of PASS, FAIL"));
  EXPECT_THAT(refusal_with("/cases/0/tier", "gpu"), HasSubstr("expected one of cpu"));
  EXPECT_THAT(refusal_with("/cases/0/name", "\x1b[31mred"), HasSubstr("printable"));
  EXPECT_THAT(refusal_with("/cases/0/name", ""), HasSubstr("1 to 500 bytes"));
  EXPECT_THAT(refusal_with("/cases/0/name", std::string(501, 'x')), HasSubstr("1 to 500 bytes"));
}

TEST(RecordedResult, E97_free_text_cannot_drive_a_terminal) {
  Json result = plain();
  result["cases"][0]["reason"] = "fine\x1b[2J\nnext\xe2\x80\xaeline";
  EXPECT_EQ(recorded(result).cases[0].reason, "fine?[2J?next?line");
}

TEST(RecordedResult, is_not_nested_without_end) {
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("nesting deeper than 32"));
}

TEST(RecordedResult, any_other_json_is_refused) {
  for (const char* text : {"null", "[]", "{}", "1", "\"x\"", R"({"schema_version": 1})", R"({"cases": []})"})
    EXPECT_NE(refusal(text), "accepted") << text;
  EXPECT_THAT(refusal_with("/cases/0/metrics", 3), HasSubstr("cases[0].metrics: expected a list"));
  EXPECT_THAT(refusal_with("/cases/0/axes", Json::array()), HasSubstr("cases[0].axes: expected an object"));
}

/// Every value of a valid result replaced by each of these: refused or read, never anything else.
TEST(RecordedResult, no_single_change_does_harm) {
  const Json whole = plain().flatten();
  for (const auto& [pointer, original] : whole.items())
    for (const Json& value : {Json(nullptr), Json(-1), Json(1e300), Json(true), Json(""), Json("x"), Json::array(),
                              Json::object(), Json(Json::array({nullptr}))})
      EXPECT_NO_THROW(refusal_with(pointer, value)) << pointer << " = " << value;
}

TEST(RecordedResult, is_found_in_a_folder_and_missing_files_are_said) {
  const TemporaryFolder folder;
  const auto file = folder.write("result.json", plain().dump());
  EXPECT_EQ(read_result(folder.path()).path, file);
  EXPECT_EQ(read_result(file).cases.size(), 1U);
  EXPECT_THROW(read_result(folder.path() / "other"), IoError);
}

TEST(Side, several_runs_are_taken_by_name) {
  const TemporaryFolder folder;
  for (const char* name : {"02", "01", "03"})
    static_cast<void>(folder.write(std::string{name} + "/result.json",
                                   result_json(name, {timed_case_json("one", {1, 2, 3})}).dump()));
  static_cast<void>(folder.write("notes.txt", "no run"));
  const Side side = read_side(folder.path());
  ASSERT_EQ(side.runs.size(), 3U);
  EXPECT_EQ(side.runs[0].run_id, "01");
  EXPECT_EQ(side.runs[2].run_id, "03");
}

TEST(Side, without_a_result_is_refused) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_side(folder.path()), InputError);
}

}  // namespace
}  // namespace lockstep
