#include "harness/history/series.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "harness/history/trend.hpp"
#include "tests/history/planting.hpp"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string started(std::size_t day) { return fmt::format("2026-01-{:02}T00:00:00Z", day + 1); }

struct SeriesTest : testing::Test {
  TemporaryFolder folder;
  History history{folder.path() / "history.db", History::Missing::create};

  /// Runs of successive days, in another order than that of the days.
  void add_days(const std::vector<double>& step_times) {
    for (std::size_t i = 0; i < step_times.size(); ++i) {
      const std::size_t day = (7 * i) % step_times.size();
      Json result = run_json("day" + std::to_string(day), step_times[day]);
      result["run"]["started"] = started(day);
      add(history, result);
    }
  }
};

std::vector<double> step_after(std::size_t first, std::size_t count, double factor) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back((i < first ? 0.1 : 0.1 * factor) * (1 + 0.001 * double(i % 3)));
  return values;
}

TEST_F(SeriesTest, IsInTheOrderOfTheStarts) {
  add_days({0.1, 0.2, 0.3, 0.4});
  const std::vector<Series> all = read_series(history, {});
  ASSERT_THAT(all, SizeIs(1));
  std::vector<std::string> times;
  for (const SeriesPoint& point : all[0].points) times.push_back(point.started);
  EXPECT_THAT(times, ElementsAre(started(0), started(1), started(2), started(3)));
}

TEST_F(SeriesTest, KeepsApartWhatCannotBeCompared) {
  add(history, run_json("a"));
  Json hash = run_json("b"), tier = run_json("c"), build = run_json("d"), machine = run_json("e");
  hash["cases"][0]["scenario_hash"] = "other";
  tier["cases"][0]["tier"] = "simulated";
  build["tool"]["build_type"] = "Debug";
  machine["environment"]["machine_id"] = "other";
  for (const Json& other : {hash, tier, build, machine}) add(history, other);
  add(history, run_json("f"));
  const std::vector<Series> all = read_series(history, {});
  ASSERT_THAT(all, SizeIs(5));
  std::size_t pairs = 0;
  for (const Series& series : all) pairs += static_cast<std::size_t>(series.points.size() == 2);
  EXPECT_EQ(pairs, 1U);
  std::set<std::string> names;
  const Json json = to_json(read_trends(history, {}), "");
  for (const Json& series : json["series"]) names.insert(series["case"]);
  EXPECT_THAT(names, SizeIs(4)) << "machines are not told apart there, since only one is plotted";
}

TEST_F(SeriesTest, FindsAStep) {
  add_days(step_after(13, 25, 1.08));
  const std::vector<Trend> trends = read_trends(history, {});
  ASSERT_THAT(trends, SizeIs(1));
  ASSERT_THAT(trends[0].changes, SizeIs(1));
  EXPECT_EQ(trends[0].changes[0].at, 13U);
  EXPECT_NEAR(trends[0].changes[0].ratio, 1.08, 0.01);
}

TEST_F(SeriesTest, FindsNothingInFewResults) {
  add_days(step_after(10, 19, 2));
  EXPECT_THAT(read_trends(history, {})[0].changes, IsEmpty());
}

TEST_F(SeriesTest, ValuesWithoutARatioHaveNoChanges) {
  Series series;
  for (int i = 0; i < 30; ++i)
    series.points.push_back(
        {.result = i, .started = "", .source = "", .value = i < 15 ? 0.0 : 1.0, .low = {}, .high = {}});
  EXPECT_THAT(changes_of(series), IsEmpty());
}

TEST_F(SeriesTest, NamesTheBaseline) {
  add_days({0.1, 0.2, 0.3});
  const std::int64_t second = read_series(history, {})[0].points[1].result;
  history.set_baseline("main", second, History::Existing::refuse);
  const Json json = to_json(read_trends(history, {}), "m")["series"][0];
  EXPECT_EQ(json["baseline"], (Json{{"name", "main"}, {"index", 1}}));
  EXPECT_EQ(json["points"][1]["result"], second);
  EXPECT_EQ(json["points"][1]["commit"], "abc");
}

TEST_F(SeriesTest, FiltersByCaseMetricAndMachine) {
  add(history, run_json("a"));
  EXPECT_THAT(read_series(history, {.machine = "", .name = "on", .metric = "step"}), SizeIs(1));
  EXPECT_THAT(read_series(history, {.machine = "x", .name = "", .metric = ""}), IsEmpty());
  EXPECT_THAT(read_series(history, {.machine = "", .name = "", .metric = "%"}), IsEmpty());
}

}  // namespace
}  // namespace lockstep
