#include "harness/run/result_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/run/child.hpp"
#include "harness/run/environment.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using Existing = ResultFile::Existing;

class ResultFileTest : public testing::FolderTest {
 protected:
  ResultFile open(Existing existing = Existing::refuse) const { return ResultFile{folder_, existing, {"lockstep"}}; }
  Json saved() const { return Json::parse(read_file(folder_ / "result.json", MiB)); }
  std::vector<std::string> samples() const { return testing::lines_of(folder_ / "samples.jsonl"); }
  /// The message of opening the folder in this way.
  std::string refusal(Existing existing) const {
    try {
      open(existing);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
};

Json identity(const std::string& name, const std::string& hash = "0123456789abcdef") {
  return {{"name", name}, {"scenario_hash", hash}, {"family", "equivalence"}, {"question", "?"}};
}

Json finished_case(const std::string& name, Verdict verdict = Verdict::pass,
                   const std::string& hash = "0123456789abcdef") {
  Json result = identity(name, hash);
  result.update(outcome_json({.verdict = verdict}));
  return result;
}

Json sample(const std::string& name, int value) { return {{"case", name}, {"value", value}}; }

std::vector<std::string> names_in(const Json& cases) {
  std::vector<std::string> names;
  for (const Json& one : cases) names.push_back(one["name"]);
  return names;
}

TEST_F(ResultFileTest, EveryRunHasAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    open(Existing::resume);
    const std::string id = saved()["run"]["id"];
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{16}"));
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 20u);
}

TEST_F(ResultFileTest, IsCompleteAfterEveryCase) {
  ResultFile file = open();
  EXPECT_EQ(saved()["run"]["status"], "running");
  EXPECT_EQ(saved()["run"]["command"], Json::array({"lockstep"}));
  file.add_case(finished_case("a"));
  EXPECT_THAT(names_in(saved()["cases"]), ElementsAre("a"));
  file.add_case(finished_case("b"));
  file.finish("complete", 0);
  EXPECT_THAT(names_in(saved()["cases"]), ElementsAre("a", "b"));
  EXPECT_EQ(saved()["run"]["status"], "complete");
  EXPECT_EQ(saved()["run"]["exit_code"], 0);
}

TEST_F(ResultFileTest, SamplesAreThereAsSoonAsTheyAreAdded) {
  ResultFile file = open();
  EXPECT_THAT(samples(), IsEmpty());
  file.add_sample(sample("a", 1));
  EXPECT_THAT(samples(), ElementsAre(R"({"case":"a","value":1})"));
  file.add_sample(sample("a", 2));
  EXPECT_THAT(samples(), ElementsAre(R"({"case":"a","value":1})", R"({"case":"a","value":2})"));
}

TEST_F(ResultFileTest, ASecondProcessIsKeptOut) {
  const auto opened_by_another = [&] {
    std::string answer;
    run_in_child({.work =
                      [&](const auto& send) {
                        const std::string message = refusal(Existing::replace);
                        send(message.empty() ? "opened" : message);
                      },
                  .receive = [&](std::string_view line) { answer = line; },
                  .is_interrupted = [] { return false; }});
    return answer;
  };
  {
    const ResultFile file = open();
    EXPECT_THAT(opened_by_another(), HasSubstr("another lockstep is writing there"));
    EXPECT_EQ(saved()["run"]["status"], "running");
  }
  EXPECT_EQ(opened_by_another(), "opened");
}

TEST_F(ResultFileTest, AFolderWithAResultIsRefused) {
  open().add_case(finished_case("a"));
  const std::string before = saved().dump();
  EXPECT_THROW(open(Existing::refuse), IoError);
  EXPECT_THAT(refusal(Existing::refuse), HasSubstr("--resume to continue it, --force to replace it"));
  EXPECT_EQ(saved().dump(), before);
}

TEST_F(ResultFileTest, ReplacingBeginsWithNothing) {
  {
    ResultFile file = open();
    file.add_case(finished_case("a"));
    file.add_sample(sample("a", 1));
  }
  const ResultFile file = open(Existing::replace);
  EXPECT_EQ(file.finished(identity("a")), nullptr);
  EXPECT_THAT(saved()["cases"], IsEmpty());
  EXPECT_THAT(samples(), IsEmpty());
}

TEST_F(ResultFileTest, ResumingKeepsFinishedCasesAndDropsErrors) {
  {
    ResultFile file = open();
    for (const auto& [name, verdict] : {std::pair{"passed", Verdict::pass},
                                        {"failed", Verdict::fail},
                                        {"broken", Verdict::error},
                                        {"skipped", Verdict::skipped},
                                        {"missing", Verdict::missing}}) {
      file.add_sample(sample(name, 1));
      file.add_case(finished_case(name, verdict));
    }
    file.add_sample(sample("interrupted", 1));
  }
  const ResultFile file = open(Existing::resume);
  EXPECT_NE(file.finished(identity("passed")), nullptr);
  EXPECT_EQ(*file.finished(identity("failed")), finished_case("failed", Verdict::fail));
  EXPECT_EQ(file.finished(identity("broken")), nullptr);
  EXPECT_EQ(file.finished(identity("never seen")), nullptr);
  // On disk at once: a crash now loses nothing.
  EXPECT_THAT(names_in(saved()["cases"]), ElementsAre("passed", "failed", "skipped"));
  EXPECT_THAT(samples(),
              ElementsAre(sample("passed", 1).dump(), sample("failed", 1).dump(), sample("skipped", 1).dump()));
}

TEST_F(ResultFileTest, ACaseOfAnotherScenarioHashIsNotReused) {
  {
    ResultFile file = open();
    file.add_sample(sample("a", 1));
    file.add_sample(sample("b", 1));
    file.add_case(finished_case("a"));
    file.add_case(finished_case("b"));
  }
  ResultFile file = open(Existing::resume);
  const Json changed = identity("a", "fedcba9876543210");
  EXPECT_EQ(file.finished(changed), nullptr);
  file.start_case(changed);
  file.add_sample(sample("a", 2));
  file.add_case(finished_case("a", Verdict::fail, "fedcba9876543210"));
  EXPECT_THAT(names_in(saved()["cases"]), ElementsAre("b", "a"));
  EXPECT_EQ(saved()["cases"][1]["verdict"], "FAIL");
  EXPECT_THAT(samples(), ElementsAre(sample("b", 1).dump(), sample("a", 2).dump()));
}

TEST_F(ResultFileTest, ASampleThatACrashCutOffIsDropped) {
  {
    ResultFile file = open();
    file.add_sample(sample("a", 1));
    file.add_case(finished_case("a"));
  }
  std::ofstream{folder_ / "samples.jsonl", std::ios::app} << R"({"case":"a","val)";
  ResultFile file = open(Existing::resume);
  file.add_sample(sample("b", 2));
  EXPECT_THAT(samples(), ElementsAre(sample("a", 1).dump(), sample("b", 2).dump()));
}

TEST_F(ResultFileTest, ResumingWhereNothingIsBeginsANewResult) {
  const ResultFile file = open(Existing::resume);
  EXPECT_EQ(saved()["run"]["status"], "running");
}

// An expectation may have changed since, and a verdict that is none of ours is no verdict.
TEST_F(ResultFileTest, AVerdictThatMayNotStandIsNotReused) {
  const auto reused = [&](const auto& change) {
    Json result = {{"schema_version", 1},
                   {"tool", describe_tool()},
                   {"environment", describe_environment()},
                   {"cases", Json::array({finished_case("a")})}};
    change(result["cases"][0]);
    write_file_atomically(folder_ / "result.json", result.dump());
    return open(Existing::resume).finished(identity("a")) != nullptr;
  };
  EXPECT_TRUE(reused([](Json&) {}));
  EXPECT_FALSE(reused([](Json& one) { one["verdict"] = "BOGUS"; }));
  EXPECT_FALSE(reused([](Json& one) { one["checks"].push_back({{"name", "expect:speedup"}, {"verdict", "PASS"}}); }));
}

TEST_F(ResultFileTest, AResultThatCannotBeReadIsNotResumed) {
  const Json good = {{"schema_version", 1},
                     {"tool", describe_tool()},
                     {"environment", describe_environment()},
                     {"cases", Json::array({finished_case("a")})}};
  const auto damaged = [&](const auto& damage) {
    Json copy = good;
    damage(copy);
    return copy.dump();
  };
  const std::string whole = good.dump();
  const std::vector<std::string> bad{
      "",
      "[]",
      "null",
      whole.substr(0, whole.size() / 2),
      damaged([](Json& json) { json["schema_version"] = 2; }),
      damaged([](Json& json) { json["schema_version"] = "1"; }),
      damaged([](Json& json) { json.erase("schema_version"); }),
      damaged([](Json& json) { json["cases"] = 3; }),
      damaged([](Json& json) { json["cases"][0] = 3; }),
      damaged([](Json& json) { json["cases"][0]["verdict"] = 3; }),
      damaged([](Json& json) { json["tool"]["version"] = "another"; }),
      damaged([](Json& json) { json["environment"]["hardware"]["cpu"] = "another"; }),
      damaged([](Json& json) { json["environment"]["hardware"]["governor"] = "another"; }),
      damaged([](Json& json) { json["environment"]["machine_id"] = "another"; }),
      damaged([](Json& json) { json["environment"]["variables"]["OMP_NUM_THREADS"] = "77"; }),
      damaged([](Json& json) { json["tool"]["commit"] = "another"; }),
      damaged([](Json& json) { json.erase("tool"); }),
      damaged([](Json& json) { json.erase("environment"); }),
      damaged([](Json& json) { json["cases"][0].erase("scenario_hash"); }),
      damaged([](Json& json) { json["cases"][0]["metrics"] = nullptr; }),
      damaged([](Json& json) {
        json["cases"][0]["metrics"].push_back({{"name", "speedup"}, {"unit", "1"}});
      }),
      damaged([](Json& json) { json["cases"][0]["checks"].push_back("PASS"); }),
  };
  for (const std::string& text : bad) {
    write_file_atomically(folder_ / "result.json", text);
    EXPECT_THROW(open(Existing::resume), InputError) << text;
    EXPECT_EQ(read_file(folder_ / "result.json", MiB), text) << "it is left as it was";
  }
  write_file_atomically(folder_ / "result.json", whole);
  EXPECT_NE(open(Existing::resume).finished(identity("a")), nullptr) << "what was damaged above is good";
}

// Clocks change from second to second: a run goes on all the same, and is not one of another machine.
TEST_F(ResultFileTest, IsResumedUnderOtherConditions) {
  Json before;
  {
    ResultFile file = open();
    file.add_case(finished_case("a"));
    before = saved();
  }
  before["environment"]["conditions"]["measured_clock_hz"] = 1;
  before["environment"]["conditions"]["gpu0_sm_clock_hz"] = 1;
  write_file_atomically(folder_ / "result.json", before.dump());
  EXPECT_NE(open(Existing::resume).finished(identity("a")), nullptr);
  EXPECT_NE(saved()["environment"]["conditions"]["measured_clock_hz"], 1);
}

TEST_F(ResultFileTest, HomeFoldersInTheCommandAreNotNamed) {
  const ResultFile file{
      folder_, Existing::refuse, {"lockstep", "run", "/home/ann/scenario.toml", "--output=/home/ann/x"}};
  EXPECT_EQ(saved()["run"]["command"], Json::array({"lockstep", "run", "~/scenario.toml", "--output=~/x"}));
}

TEST_F(ResultFileTest, AFolderThatCannotBeMadeIsAnIoError) {
  write_file_atomically(folder_ / "file", "");
  EXPECT_THROW((ResultFile{folder_ / "file", Existing::refuse, {}}), IoError);
  EXPECT_THROW((ResultFile{folder_ / "file" / "below", Existing::refuse, {}}), IoError);
}

TEST_F(ResultFileTest, FoldersAreMadeAsNeeded) {
  const ResultFile file{folder_ / "a" / "b", Existing::refuse, {}};
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a" / "b" / "result.json"));
}

}  // namespace
}  // namespace lockstep
