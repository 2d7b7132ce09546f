#include "harness/history/history.hpp"

#include <gmock/gmock.h>

#include "harness/base/error.hpp"
#include "harness/history/reference.hpp"
#include "harness/history/series.hpp"
#include "tests/history/planting.hpp"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

struct HistoryTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "history.db";
  History history{file, History::Missing::create};
};

TEST_F(HistoryTest, KeepsAResultWithItsBytes) {
  const Json result = run_json("a");
  const std::int64_t id = add(history, result);
  const RecordedResult loaded = History{file}.load(id, "stored");
  EXPECT_EQ(loaded.text, result.dump());
  EXPECT_EQ(loaded.run_id, "a");
  EXPECT_EQ(loaded.path, "stored");
  EXPECT_EQ(loaded.cases.front().metrics.front().blocks, recorded(result).cases.front().metrics.front().blocks);
}

TEST_F(HistoryTest, AddsAResultOnce) {
  const Added first = history.add({entry(run_json("a"))}).front();
  const Added second = history.add({entry(run_json("a"))}).front();
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(first.id, second.id);
  EXPECT_THAT(history.list(), SizeIs(1));
}

TEST_F(HistoryTest, KnowsAResultWithoutAnIdByItsBytes) {
  Json old = run_json("a");
  old["run"].erase("id");
  const std::int64_t id = add(history, old);
  EXPECT_EQ(add(history, old), id);
  old["run"]["started"] = "2026-01-02T03:04:06Z";
  EXPECT_NE(add(history, old), id);
}

TEST_F(HistoryTest, RefusesAnotherContentUnderTheSameId) {
  add(history, run_json("a"));
  EXPECT_THAT([&] { add(history, run_json("a", 0.2)); }, ThrowsMessage<InputError>(HasSubstr("with another content")));
  EXPECT_THAT(history.list(), SizeIs(1));
}

TEST_F(HistoryTest, AddsAllOrNone) {
  add(history, run_json("a"));
  EXPECT_THROW(history.add({entry(run_json("b")), entry(run_json("a", 0.2))}), InputError);
  EXPECT_THAT(history.list(), SizeIs(1));
}

TEST_F(HistoryTest, RefusesUnfinishedRuns) {
  Json result = run_json("a");
  result["run"]["status"] = "running";
  EXPECT_THROW(entry(result), InputError);
}

TEST_F(HistoryTest, RefusesEmulatedRuns) {
  Json result = run_json("a");
  result["cases"][0]["tier"] = "emulated";
  EXPECT_THAT([&] { entry(result); }, ThrowsMessage<InputError>(HasSubstr("tier emulated")));
}

TEST_F(HistoryTest, RefusesTimesThatCannotBePutInOrder) {
  for (const char* started : {"soon", "2026-01-02", "2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05.5Z",
                              "2026-01-02 03:04:05Z", "2026-01-02T03:04:0xZ"}) {
    Json result = run_json("a");
    result["run"]["started"] = started;
    EXPECT_THAT([&] { entry(result); }, ThrowsMessage<InputError>(HasSubstr("run.started"))) << started;
  }
}

/// What is written can be read: a result may not make the file unreadable for all others.
TEST_F(HistoryTest, TheLongestNamesThatAResultMayHaveAreReadAgain) {
  const std::string longest(500, 'n');
  Json result = run_json(longest);
  result["tool"]["commit"] = result["tool"]["build_type"] = longest;
  result["environment"] = {{"machine_id", longest}, {"hardware", {{"cpu", longest}, {"cores", UINT64_MAX}}}};
  Json& one = result["cases"][0];
  one["name"] = one["scenario_hash"] = one["metrics"][0]["name"] = longest;
  const std::int64_t id = add(history, result);
  EXPECT_EQ(history.list().front().run, longest);
  EXPECT_THAT(read_series(history, {}), SizeIs(1));
  EXPECT_EQ(history.load(id, "stored").run_id, longest);
}

TEST_F(HistoryTest, ListsByMachineAndTime) {
  Json late = run_json("late"), early = run_json("early"), other = run_json("other");
  early["run"]["started"] = "2025-01-01T00:00:00Z";
  other["environment"]["machine_id"] = "0000000000000000";
  for (const Json& result : {late, early, other}) add(history, result);
  std::vector<std::string> runs;
  for (const StoredResult& result : history.list()) runs.push_back(result.run);
  EXPECT_THAT(runs, ElementsAre("other", "early", "late"));
  EXPECT_THAT(history.list({.machine = "0000000000000000", .name = "", .metric = ""}), SizeIs(1));
  EXPECT_THAT(history.list({.machine = "", .name = "on", .metric = "step"}), SizeIs(3));
  EXPECT_THAT(history.list({.machine = "", .name = "two", .metric = ""}), IsEmpty());
}

TEST_F(HistoryTest, TellsMachinesOfOlderResultsByTheirHardware) {
  Json one = run_json("a"), more_cores = run_json("b"), same = run_json("c");
  more_cores["environment"]["hardware"]["cores"] = 4;
  EXPECT_EQ(entry(one).machine, entry(same).machine);
  EXPECT_NE(entry(one).machine, entry(more_cores).machine);
}

TEST_F(HistoryTest, TakesTheUsersWordForTheCommit) {
  EXPECT_EQ(entry(run_json("a")).source, "abc");
  EXPECT_EQ(entry_of(recorded(run_json("a")), "mine").source, "mine");
}

TEST_F(HistoryTest, GivesNoValueToACaseThatDidNotPass) {
  Json wrong = run_json("a");
  wrong["cases"][0]["verdict"] = "FAIL";
  EXPECT_THAT(entry(wrong).values, IsEmpty());
  EXPECT_THAT(entry(run_json("a")).values, SizeIs(1));
}

TEST_F(HistoryTest, MovesABaselineOnlyByForce) {
  const std::int64_t a = add(history, run_json("a")), b = add(history, run_json("b"));
  history.set_baseline("main", a, History::Existing::refuse);
  EXPECT_THAT([&] { history.set_baseline("main", b, History::Existing::refuse); },
              ThrowsMessage<UsageError>(HasSubstr("--force")));
  EXPECT_EQ(history.baseline("main"), a);
  history.set_baseline("main", b, History::Existing::replace);
  EXPECT_EQ(history.baseline("main"), b);
  EXPECT_THAT(history.stored(b).baselines, ElementsAre("main"));
  EXPECT_THAT(history.stored(a).baselines, IsEmpty());
}

TEST_F(HistoryTest, ABaselineNeverFollowsNewResults) {
  const std::int64_t a = add(history, run_json("a"));
  history.set_baseline("main", a, History::Existing::refuse);
  add(history, run_json("b"));
  EXPECT_EQ(history.baseline("main"), a);
}

TEST_F(HistoryTest, RemovesTheNameAndKeepsTheResult) {
  const std::int64_t a = add(history, run_json("a"));
  history.set_baseline("main", a, History::Existing::refuse);
  history.remove_baseline("main");
  EXPECT_THAT(history.baselines(), IsEmpty());
  EXPECT_EQ(history.stored(a).run, "a");
  EXPECT_THROW(history.remove_baseline("main"), UsageError);
}

TEST_F(HistoryTest, ABaselinesResultCannotBeDeleted) {
  const std::int64_t a = add(history, run_json("a"));
  history.set_baseline("main", a, History::Existing::refuse);
  EXPECT_THROW(plant(file, "PRAGMA foreign_keys = ON; DELETE FROM documents; DELETE FROM points; DELETE FROM results"),
               std::runtime_error);
  EXPECT_EQ(history.stored(a).run, "a");
}

TEST_F(HistoryTest, RefusesNamesThatCouldBeSomethingElse) {
  const std::int64_t a = add(history, run_json("a"));
  for (const std::string& name : {std::string{}, std::string{"7"}, std::string{"a#b"}, std::string{"a b"},
                                  std::string{"\x1b[2J"}, std::string(101, 'a')})
    EXPECT_THROW(history.set_baseline(name, a, History::Existing::refuse), UsageError) << name;
  EXPECT_THROW(history.set_baseline("main", a + 1, History::Existing::refuse), UsageError);
}

TEST_F(HistoryTest, GivesASideForAComparison) {
  const std::int64_t a = add(history, run_json("a"));
  history.set_baseline("main", a, History::Existing::refuse);
  const std::string reference = "history:" + file.string() + "#";
  EXPECT_TRUE(is_history_reference(reference));
  EXPECT_FALSE(is_history_reference(file.string()));
  EXPECT_EQ(read_stored_side(reference + "main").runs.front().run_id, "a");
  EXPECT_EQ(read_stored_side(reference + "1").runs.front().run_id, "a");
  EXPECT_EQ(read_stored_side(reference + "main").label, reference + "main");
  for (const char* name : {"", "2", "other"}) EXPECT_THROW(read_stored_side(reference + name), UsageError) << name;
  EXPECT_THROW(read_stored_side("history:" + file.string()), UsageError);
  EXPECT_THROW(read_stored_side("history:#main"), UsageError);
}

}  // namespace
}  // namespace lockstep
