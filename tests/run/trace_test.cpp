#include "harness/run/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/base/files.hpp"
#include "harness/base/units.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/result_json.hpp"
#include "tests/doubles/trainings.hpp"
#include "tests/run/small_cases.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

struct Slice {
  std::string name;
  double begin;  // microseconds
  double end;
};
using Track = std::pair<int, int>;  // pid, tid

/// The slices of each track in the order in which they begin, longer ones first.
std::map<Track, std::vector<Slice>> tracks_of(const Json& trace) {
  std::map<Track, std::vector<Slice>> tracks;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    const double begin = event["ts"];
    tracks[{event["pid"], event["tid"]}].push_back({event["name"], begin, begin + event["dur"].get<double>()});
  }
  for (auto& [track, slices] : tracks)
    std::ranges::stable_sort(
        slices, [](const Slice& a, const Slice& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  return tracks;
}

/// Half a nanosecond: what adding two doubles may lose of times in microseconds.
constexpr double tolerance = 5e-4;

/// Slices that overlap another of their track without lying within it.
std::vector<std::string> not_nested(const Json& trace) {
  std::vector<std::string> wrong;
  for (const auto& [track, slices] : tracks_of(trace)) {
    std::vector<double> open;  // ends of the slices around
    for (const Slice& slice : slices) {
      while (!open.empty() && open.back() <= slice.begin + tolerance) open.pop_back();
      if (!open.empty() && slice.end > open.back() + tolerance) wrong.push_back(slice.name);
      open.push_back(slice.end);
    }
  }
  return wrong;
}

Phase phase_named(const std::string& name) {
  const auto found = std::ranges::find(phase_names, name);
  EXPECT_NE(found, phase_names.end()) << name;
  return static_cast<Phase>(found - phase_names.begin());
}

/// The blocks from what a reader of the trace sees.
std::vector<Block> blocks_of(const Json& trace) {
  std::vector<Block> blocks;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X" || event["cat"] == "step") continue;
    const std::size_t block = event["args"]["block"];
    const std::size_t rank = event["pid"];
    if (blocks.size() <= block) blocks.resize(block + 1);
    if (blocks[block].ranks.size() <= rank) blocks[block].ranks.resize(rank + 1);
    RankTimes& times = blocks[block].ranks[rank];
    const double begin = event["ts"].get<double>() * 1e-6;
    const double end = begin + event["dur"].get<double>() * 1e-6;
    if (event["cat"] == "block")
      times.end = end;
    else
      times.spans.push_back({event["args"]["step"], phase_named(event["name"]),
                             event["tid"] == 0 ? Lane::compute : Lane::side, begin, end,
                             event["args"].value("bytes", std::uint64_t{0})});
  }
  return blocks;
}

class TraceOf : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    Trainer trainer{
        cpu::open_world({.ranks = 3}), subject_.training, subject_.dataset, consecutive(16), GetParam(), small_buckets};
    for (int block = 0; block < 2; ++block) blocks_.push_back(trainer.run(3));
    one_.name = "traced/strategy=x";
    trace_ = Json::parse(trace_text(one_, blocks_));
  }
  TrainingWithData subject_ = exact_training();
  Case one_;
  std::vector<Block> blocks_;
  Json trace_;
};

TEST_P(TraceOf, GivesBackTheBreakdown) {
  const std::vector<PhaseTime> expected = breakdown(blocks_);
  const std::vector<PhaseTime> found = breakdown(blocks_of(trace_));
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].rank, expected[i].rank);
    EXPECT_EQ(found[i].phase, expected[i].phase);
    // A phase has at most a few spans, each rounded to a nanosecond.
    EXPECT_NEAR(found[i].seconds, expected[i].seconds, 20e-9) << expected[i].phase;
  }
}

TEST_P(TraceOf, SlicesOfATrackNest) { EXPECT_THAT(not_nested(trace_), ::testing::IsEmpty()); }

TEST_P(TraceOf, EveryTrackHasItsNames) {
  std::set<Track> named;
  std::set<int> processes;
  for (const Json& event : trace_["traceEvents"]) {
    if (event["ph"] == "M" && event["name"] == "thread_name")
      named.insert(Track{event["pid"].get<int>(), event["tid"].get<int>()});
    if (event["ph"] == "M" && event["name"] == "process_name") {
      processes.insert(event["pid"].get<int>());
      EXPECT_EQ(event["args"]["name"], fmt::format("rank {}", event["pid"].get<int>()));
    }
  }
  EXPECT_EQ(processes.size(), 3U);
  for (const auto& [track, slices] : tracks_of(trace_)) EXPECT_TRUE(named.contains(track)) << track.second;
}

TEST_P(TraceOf, CollectivesSayTheirBytes) {
  std::uint64_t bytes = 0;
  for (const Json& event : trace_["traceEvents"])
    if (event["ph"] == "X" && event["cat"] == "communication" && event["pid"] == 0)
      bytes += event["args"]["bytes"].get<std::uint64_t>();
  EXPECT_EQ(bytes, blocks_[0].traffic.bytes() + blocks_[1].traffic.bytes());
  EXPECT_GT(bytes, 0U);
}

INSTANTIATE_TEST_SUITE_P(Strategies, TraceOf, ::testing::Values("dp", "ddp"));

TEST(Trace, TimesAreMicrosecondsWithThreeDecimals) {
  const Block block{{{.spans = {{7, Phase::forward, Lane::compute, 0.001, 0.0012345678},
                                {7, Phase::gather, Lane::compute, 0.0012345678, 0.002, 40}},
                      .end = 0.0025}}};
  const Case one{.name = "c", .axes = {}, .scenario = {}};
  const std::string text = trace_text(one, {block, block});
  EXPECT_THAT(text, ::testing::HasSubstr(R"({"ph":"X","name":"forward","cat":"computation","pid":0,"tid":0,)"
                                         R"("ts":1000.0,"dur":234.568,"args":{"block":0,"step":7}})"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("ts":1234.568,"dur":765.432,"args":{"block":0,"step":7,"bytes":40}})"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"("ts":3500.0,"dur":234.568,"args":{"block":1,"step":7}})"))
      << "the second block begins when the first one is over";
}

// What the test of nesting is there for.
TEST(Trace, OverlappingSlicesAreSeen) {
  const Block block{
      {{.spans = {{0, Phase::forward, Lane::compute, 0, 0.002}, {0, Phase::gather, Lane::compute, 0.001, 0.003}},
        .end = 0.004}}};
  EXPECT_THAT(not_nested(Json::parse(trace_text({.name = "c", .axes = {}, .scenario = {}}, {block}))),
              ::testing::ElementsAre("gather"));
}

TEST(Trace, OfNothingIsATrace) {
  EXPECT_TRUE(Json::parse(trace_text({.name = "\"c\"", .axes = {}, .scenario = {}}, {}))["traceEvents"].empty());
}

using TraceFile = testing::FolderTest;

TEST_F(TraceFile, IsWrittenWhereTheScenarioAsksForIt) {
  const SampleSink nowhere = [](const Sample&) {};
  Case one = testing::timed_case("strategy = \"ddp\"\ndevices = 2");
  run_speedup({one, nowhere, folder_});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "trace"));
  one.scenario.output.trace = true;
  run_speedup({one, nowhere, folder_});
  EXPECT_FALSE(Json::parse(read_file(folder_ / "trace" / "timed" / "trace.json", MiB))["traceEvents"].empty());
}

}  // namespace
}  // namespace lockstep
