#include "harness/run/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "harness/base/files.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::endless_case;
using testing::exact_case;
using ::testing::HasSubstr;
using testing::learning_case;
using ::testing::SizeIs;
using testing::timed_case;
using Existing = ResultFile::Existing;

/// Notes "start NAME" and "VERDICT NAME".
class Diary : public SessionObserver {
 public:
  void case_started(std::size_t, std::size_t, const Case& one) override { entries.push_back("start " + one.name); }
  void waiting() override {}
  void case_finished(std::size_t, std::size_t, const Json& result) override {
    entries.push_back(result["verdict"].get<std::string>() + " " + result["name"].get<std::string>());
  }
  std::vector<std::string> entries;
};

class SessionTest : public testing::FolderTest {
 protected:
  ExitCode run(
      const std::vector<Case>& cases, Existing existing = Existing::refuse,
      const std::function<int()>& interrupted = [] { return 0; }) {
    diary_.entries.clear();
    ResultFile file{folder_, existing, {}};
    return run_session(cases, file, diary_, interrupted);
  }
  Json saved() const { return Json::parse(read_file(folder_ / "result.json", MiB)); }
  Json saved_case(const std::string& name) const {
    const Json result_file = saved();
    for (const Json& result : result_file["cases"])
      if (result["name"] == name) return result;
    return nullptr;
  }
  std::vector<Json> samples_of(const std::string& name) const {
    std::vector<Json> samples;
    for (const std::string& line : testing::lines_of(folder_ / "samples.jsonl"))
      if (Json sample = Json::parse(line); sample["case"] == name) samples.push_back(std::move(sample));
    return samples;
  }
  /// A result in which each of the cases has this verdict.
  void write_result(const std::vector<Case>& cases, const std::vector<Verdict>& verdicts) const {
    ResultFile file{folder_, Existing::replace, {}};
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Json result = identity_json(cases[i]);
      result.update(outcome_json({.verdict = verdicts[i]}));
      file.add_case(result);
    }
  }
  Diary diary_;
};

Case named(Case one, const std::string& name) {
  one.name = name;
  return one;
}

/// Its data do not fit its model.
Case mistaken_case() {
  Case one = named(learning_case(), "mistaken");
  one.scenario.data.source = DataSpec::Source::inline_rows;
  one.scenario.data.inputs = {{1}};
  one.scenario.data.targets = {{0}};
  return one;
}

/// Expects what no case has.
Case failing_case() {
  Case one = named(exact_case(), "failing");
  one.scenario.expectations.push_back({.metric = "luck", .where = {}, .min = 1, .max = {}});
  return one;
}

TEST_F(SessionTest, RunsEveryCaseAndPasses) {
  const std::vector<Case> cases{named(exact_case(), "a"), named(exact_case(), "b")};
  EXPECT_EQ(run(cases), ExitCode::passed);
  EXPECT_THAT(diary_.entries, ElementsAre("start a", "PASS a", "start b", "PASS b"));
  EXPECT_EQ(saved()["run"]["status"], "complete");
  EXPECT_EQ(saved()["run"]["exit_code"], 0);
  EXPECT_THAT(saved()["cases"], SizeIs(2));
  EXPECT_THAT(samples_of("a"), SizeIs(4)) << "one loss a step";
}

TEST_F(SessionTest, OneWrongResultFailsTheRun) {
  EXPECT_EQ(run({failing_case(), mistaken_case(), exact_case()}), ExitCode::failed);
  EXPECT_EQ(saved_case("failing")["reason"], "failed: expect:luck");
  EXPECT_EQ(saved_case("exact")["verdict"], "PASS");
}

TEST_F(SessionTest, AnErrorHasItsOwnExitCode) {
  EXPECT_EQ(run({mistaken_case(), exact_case()}), ExitCode::invalid_input);
  EXPECT_EQ(saved_case("mistaken")["verdict"], "ERROR");
  EXPECT_THAT(saved_case("mistaken")["reason"].get<std::string>(), HasSubstr("model: it "));
}

TEST_F(SessionTest, TheGravestVerdictDecides) {
  const std::vector<Case> cases{named(exact_case(), "a"), named(exact_case(), "b")};
  using enum Verdict;
  const auto code_of = [&](Verdict a, Verdict b) {
    write_result(cases, {a, b});
    return run(cases, Existing::resume);
  };
  EXPECT_EQ(code_of(pass, pass), ExitCode::passed);
  EXPECT_EQ(code_of(pass, skipped), ExitCode::passed);
  EXPECT_EQ(code_of(skipped, skipped), ExitCode::nothing_ran);
  EXPECT_EQ(code_of(invalid, pass), ExitCode::inconclusive);
  EXPECT_EQ(code_of(pass, inconclusive), ExitCode::inconclusive);
  EXPECT_EQ(code_of(invalid, fail), ExitCode::failed);
  EXPECT_EQ(code_of(regressed, pass), ExitCode::failed);
  EXPECT_EQ(code_of(improved, same), ExitCode::passed);
}

TEST_F(SessionTest, NoCaseIsNotSuccess) { EXPECT_EQ(run({}), ExitCode::nothing_ran); }

TEST_F(SessionTest, ACaseThatDoesNotEndCostsItselfOnly) {
  Case slow = endless_case();
  slow.scenario.run.deadline = Seconds{0.2};
  EXPECT_EQ(run({slow, exact_case()}), ExitCode::deadline);
  EXPECT_EQ(saved_case("endless")["verdict"], "ERROR");
  EXPECT_EQ(saved_case("endless")["reason"], "not finished within 200.00 ms");
  EXPECT_EQ(saved_case("exact")["verdict"], "PASS");
}

TEST_F(SessionTest, OutOfDeviceMemoryIsExplained) {
  Case large = named(exact_case(), "large");
  large.scenario.run.device_memory = 1 * KiB;
  EXPECT_EQ(run({large, exact_case()}), ExitCode::runtime);
  EXPECT_EQ(saved_case("large")["verdict"], "ERROR");
  EXPECT_THAT(saved_case("large")["reason"].get<std::string>(),
              AllOf(HasSubstr("device cpu:0 is out of memory"),
                    HasSubstr("requested 64 B (64 bytes) for activations, free 8 B of 1.00 KiB"),
                    HasSubstr("in use: parameters 184 B, gradients 184 B"),
                    HasSubstr("; in 1.00 KiB per device a global batch of 7 fits, or one of 8 with "
                              "train.micro_batches = 2")));
  EXPECT_EQ(saved_case("exact")["verdict"], "PASS");
}

TEST_F(SessionTest, AnInterruptionKeepsWhatIsDone) {
  const std::vector<Case> cases{exact_case(), timed_case()};
  const auto code = run(cases, Existing::refuse, [&] { return samples_of("timed").empty() ? 0 : SIGTERM; });
  EXPECT_EQ(code, ExitCode::terminated);
  EXPECT_EQ(saved()["run"]["status"], "interrupted");
  EXPECT_EQ(saved()["run"]["exit_code"], 143);
  EXPECT_THAT(saved()["cases"], SizeIs(1));
  EXPECT_EQ(saved_case("exact")["verdict"], "PASS");

  EXPECT_NE(run(cases, Existing::resume), ExitCode::terminated);
  EXPECT_EQ(saved()["run"]["status"], "complete");
  ASSERT_THAT(diary_.entries, SizeIs(3));
  EXPECT_EQ(diary_.entries[0], "PASS exact") << "it did not start again";
  EXPECT_EQ(diary_.entries[1], "start timed");
  std::set<std::string> different;
  for (const Json& sample : samples_of("timed"))
    different.insert(sample["metric"].get<std::string>() + sample["index"].dump());
  EXPECT_EQ(different.size(), samples_of("timed").size()) << "no sample of the first attempt is left";
}

TEST_F(SessionTest, AnInterruptionFromTheKeyboardHasItsOwnCode) {
  EXPECT_EQ(run({endless_case()}, Existing::refuse, [] { return SIGINT; }), ExitCode::interrupted);
  EXPECT_EQ(saved()["run"]["exit_code"], 130);
}

TEST_F(SessionTest, AnErrorIsTriedAgainOnResume) {
  const std::vector<Case> cases{named(exact_case(), "a"), named(exact_case(), "b")};
  write_result(cases, {Verdict::pass, Verdict::error});
  EXPECT_EQ(run(cases, Existing::resume), ExitCode::passed);
  EXPECT_THAT(diary_.entries, ElementsAre("PASS a", "start b", "PASS b"));
}

TEST_F(SessionTest, ResumingSomeCasesKeepsTheOthers) {
  const std::vector<Case> cases{named(exact_case(), "a"), named(exact_case(), "b")};
  write_result(cases, {Verdict::pass, Verdict::error});
  run({cases[1]}, Existing::resume);
  EXPECT_EQ(saved_case("a")["verdict"], "PASS");
  EXPECT_EQ(saved_case("b")["verdict"], "PASS");
}

}  // namespace
}  // namespace lockstep
