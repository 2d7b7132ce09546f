#include "harness/run/result_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/run/small_cases.hpp"

namespace lockstep {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(ResultJson, NumbersThatAreNotFiniteAreNull) {
  CaseResult result;
  result.checks.push_back({.name = "c", .verdict = Verdict::fail, .compared = 1, .worst = nan, .limit = infinity});
  result.metrics.push_back({.name = "m", .unit = "s", .value = infinity, .low = -infinity, .high = nan});
  const Json json = outcome_json(result);
  for (const char* key : {"worst", "limit"}) EXPECT_TRUE(json["checks"][0][key].is_null()) << key;
  for (const char* key : {"value", "low", "high"}) EXPECT_TRUE(json["metrics"][0][key].is_null()) << key;
  EXPECT_TRUE(sample_json({}, {.metric = "m", .unit = "s", .index = 0, .value = nan})["value"].is_null());
  EXPECT_EQ(json.dump().find("nan"), std::string::npos);
  EXPECT_EQ(json.dump().find("inf"), std::string::npos);
}

TEST(ResultJson, NumbersThatAreNotThereAreNull) {
  CaseResult result;
  result.checks.push_back({.name = "c", .verdict = Verdict::fail});
  result.metrics.push_back({.name = "m", .unit = "s"});
  const Json json = outcome_json(result);
  EXPECT_TRUE(json["checks"][0]["worst"].is_null());
  EXPECT_TRUE(json["metrics"][0]["value"].is_null());
  EXPECT_FALSE(json["metrics"][0].contains("samples_file"));
}

TEST(ResultJson, ACaseIsWrittenWithAllItHas) {
  CaseResult result{.verdict = Verdict::pass, .reason = "a note"};
  result.checks.push_back(
      {.name = "c", .verdict = Verdict::pass, .compared = 7, .worst = 0.5, .limit = 1, .because = "why"});
  result.metrics.push_back({.name = "m",
                            .unit = "s",
                            .better = Better::lower,
                            .value = 2.0,
                            .low = 1.0,
                            .high = 3.0,
                            .definition = "how",
                            .has_samples = true});
  result.phases.push_back({.rank = 1, .phase = "forward", .seconds = 0.25, .fraction = 0.5});
  result.memory.push_back({.device = 2, .use = "total", .peak_bytes = 10, .current_bytes = 4});
  result.memory.push_back({.device = 3, .use = "batch", .peak_bytes = 5, .current_bytes = 0, .predicted_bytes = 6});
  result.trials.push_back({.batch = 8, .micro_batches = 1, .peak_bytes = 99, .reason = ""});
  result.trials.push_back({.batch = 9, .micro_batches = 2, .peak_bytes = {}, .reason = "full"});
  result.faults.push_back({.id = "f",
                           .source = "pytorch#1",
                           .acts = "rank 0",
                           .verdict = FaultVerdict::missed,
                           .expected = {"a", "b"},
                           .caught_by = {"b"},
                           .reason = "not seen by a"});
  result.pieces = {{2, 1}};
  result.traffic.push_back({.collective = "all_reduce", .calls = 1.5, .bytes = 64});
  result.bandwidth.push_back({.kind = Collective::reduce_scatter,
                              .placement = Placement::in_place,
                              .bytes = 4096,
                              .count = 512,
                              .seconds = 2,
                              .algbw = 2048,
                              .wrong = 3});
  result.waits.push_back(
      {.rank = 1, .seconds = 0.5, .fraction = 0.25, .caused = 1.5, .last_share = 0.75, .waits_for = 0});
  result.findings = {"it is slow"};
  EXPECT_EQ(outcome_json(result), Json::parse(R"({
    "verdict": "PASS", "reason": "a note",
    "checks": [{"name": "c", "verdict": "PASS", "compared": 7, "worst": 0.5, "limit": 1.0, "because": "why"}],
    "metrics": [{"name": "m", "unit": "s", "better": "lower", "value": 2.0, "low": 1.0, "high": 3.0,
                 "definition": "how", "samples_file": "samples.jsonl"}],
    "phases": [{"rank": 1, "phase": "forward", "seconds": 0.25, "fraction": 0.5}],
    "memory": [{"device": 2, "use": "total", "peak_bytes": 10, "current_bytes": 4},
               {"device": 3, "use": "batch", "peak_bytes": 5, "current_bytes": 0, "predicted_bytes": 6}],
    "pieces": [[2, 1]],
    "traffic": [{"collective": "all_reduce", "calls_per_step": 1.5, "bytes_per_step": 64.0}],
    "bandwidth": [{"bytes": 4096, "count": 512, "type": "float", "redop": "sum", "root": -1, "in_place": true,
                   "seconds": 2.0, "algbw": 2048.0, "busbw": null, "wrong": 3}],
    "waits": [{"rank": 1, "seconds": 0.5, "fraction": 0.25, "caused": 1.5, "last_share": 0.75, "waits_for": 0}],
    "trials": [{"batch": 8, "micro_batches": 1, "fits": true, "peak_bytes": 99, "reason": ""},
               {"batch": 9, "micro_batches": 2, "fits": false, "peak_bytes": null, "reason": "full"}],
    "faults": [{"id": "f", "source": "pytorch#1", "acts": "rank 0", "verdict": "missed", "expected": ["a", "b"],
                "caught_by": ["b"], "reason": "not seen by a"}],
    "findings": ["it is slow"],
    "last_collectives": []})"));
}

TEST(ResultJson, ACaseIsIdentifiedBeforeItRuns) {
  const Case one = testing::exact_case("strategy = [\"dp\"]\ndevices = [2]");
  const Json json = identity_json(one);
  EXPECT_EQ(json["name"], "exact/strategy=dp,devices=2");
  EXPECT_EQ(json["scenario"], "exact");
  EXPECT_EQ(json["scenario_hash"], one.scenario.hash());
  EXPECT_EQ(json["family"], "equivalence");
  EXPECT_EQ(json["axes"], Json::parse(R"({"strategy": "dp", "devices": "2"})"));
  EXPECT_EQ(json["tier"], "cpu");
  EXPECT_EQ(json["devices"], 2);
  EXPECT_EQ(json["strategy"], "dp");
  EXPECT_EQ(json["global_batch"], one.scenario.global_batch());
  EXPECT_EQ(json["precision"], "f32");
  EXPECT_EQ(json["repetitions"], 0);
}

TEST(ResultJson, AScenarioMayAskItsOwnQuestion) {
  Case one = testing::exact_case();
  EXPECT_EQ(identity_json(one)["question"], "Does training on N devices compute what one device computes?");
  one.scenario.question = "Mine?";
  EXPECT_EQ(identity_json(one)["question"], "Mine?");
}

TEST(ResultJson, ASampleNamesItsRankOrNone) {
  Case one;
  one.name = "s/devices=2";
  Sample sample{.metric = "step_time", .unit = "s", .index = 3, .value = 0.5};
  EXPECT_EQ(sample_json(one, sample).dump(),
            R"({"case":"s/devices=2","metric":"step_time","unit":"s","index":3,"rank":null,"value":0.5})");
  sample.rank = 1;
  EXPECT_EQ(sample_json(one, sample)["rank"], 1);
}

}  // namespace
}  // namespace lockstep
