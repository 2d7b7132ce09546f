// What all checks promise together: correct runs raise no alarm, nothing compared is nothing passed, and each check is
// there for several faults. That they catch them: planted_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <tuple>

#include "harness/faults/catalogue.hpp"
#include "tests/doubles/small_subject.hpp"

namespace lockstep {
namespace {

std::string name_of(Data data) {
  return fmt::format("{}{}", is_exact(data) ? "exact" : "real", is_bf16(data) ? "_bf16" : "");
}

constexpr std::array all_data{Data::exact, Data::real, Data::exact_bf16, Data::real_bf16};

const std::set<std::string> all_checks{"exact",
                                       "reduction",
                                       "coverage",
                                       "replicas",
                                       "evidence:gradients",
                                       "evidence:movement",
                                       "evidence:collectives",
                                       "evidence:clipping",
                                       "documented:fewer_pieces_than_devices",
                                       "end_to_end:one_device",
                                       "end_to_end:f64"};

TEST(Checks, each_must_catch_at_least_two_different_faults) {
  std::map<std::string, std::set<std::string>> faults_of_check;
  for (const std::string strategy : {"dp", "ddp"})
    for (const Fault& fault : catalogue({.strategy = strategy, .ranks = 2, .samples = 256, .clip_norm = 1}))
      for (const auto* caught : {&fault.caught_on_exact, &fault.caught_on_real})
        for (const std::string& check : *caught) faults_of_check[check].insert(fault.id);
  std::set<std::string> checks;
  for (const auto& [check, faults] : faults_of_check) {
    checks.insert(check);
    EXPECT_GE(faults.size(), 2U) << check;
  }
  std::set<std::string> expected = all_checks;
  expected.insert(an_error);
  EXPECT_EQ(checks, expected);
}

TEST(Catalogue, has_fifty_faults_with_names_of_their_own_and_says_where_they_act) {
  for (const std::string strategy : {"dp", "ddp"})
    for (const int ranks : {2, 3, 4}) {
      const std::vector<Fault> all = catalogue({.strategy = strategy, .ranks = ranks, .samples = 256, .clip_norm = 1});
      std::set<std::string> ids;
      for (const Fault& fault : all) {
        ids.insert(fault.id);
        EXPECT_NE(fault.place(), "") << fault.id;
        EXPECT_FALSE(fault.strategies.empty()) << fault.id;
      }
      EXPECT_EQ(ids.size(), all.size());
      EXPECT_GE(all.size(), 50U);
    }
}

class CorrectRuns : public ::testing::TestWithParam<std::tuple<std::string, Data, cpu::Order>> {};

// 2 strategies × 4 kinds of data × 2 orders × 3 seeds × 3 batches × 5 worlds: 720 runs.
TEST_P(CorrectRuns, raise_no_alarm) {
  const auto& [strategy, data, order] = GetParam();
  const std::vector<std::size_t> batches = data == Data::exact_bf16 ? std::vector<std::size_t>{2, 4, 8}
                                           : is_exact(data)         ? std::vector<std::size_t>{2, 16, 64}
                                                                    : std::vector<std::size_t>{9, 13, 50};
  std::set<std::string> seen;
  for (const std::uint64_t seed : {5U, 6U, 7U})
    for (const std::size_t rows : batches) {
      const double clip_norm = is_exact(data) || seed == 5 ? 0 : seed == 6 ? 0.25 : 1e9;
      const SmallSubject subject = make_subject(data, rows, seed, clip_norm);
      for (const int ranks : {1, 2, 3, 4, 7}) {
        const auto results = run_checks(record_on(ranks, subject, plan_for(subject, strategy), order), subject);
        for (const CheckResult& result : results) {
          seen.insert(result.name);
          EXPECT_EQ(result.verdict, Verdict::pass)
              << fmt::format("{} on {} ranks, batch {}, seed {}: {}", result.name, ranks, rows, seed, result.because);
          EXPECT_GT(result.compared, 0U) << result.name;
        }
      }
    }
  std::set<std::string> expected = all_checks;
  expected.erase(is_exact(data) ? "evidence:clipping" : "exact");
  EXPECT_EQ(seen, expected);
}

INSTANTIATE_TEST_SUITE_P(Cpu, CorrectRuns,
                         ::testing::Combine(::testing::Values("dp", "ddp"), ::testing::ValuesIn(all_data),
                                            ::testing::Values(cpu::Order::at_once, cpu::Order::deferred)),
                         [](const auto& test) {
                           return fmt::format("{}_{}_data_{}", std::get<0>(test.param),
                                              name_of(std::get<1>(test.param)),
                                              std::get<2>(test.param) == cpu::Order::at_once ? "at_once" : "deferred");
                         });

TEST(Checks, that_compared_nothing_fail) {
  // The names of checks that can say something about any run.
  std::set<std::string> expected = all_checks;
  expected.erase("documented:fewer_pieces_than_devices");
  expected.erase("evidence:clipping");
  const SmallSubject nothing{
      .data = Data::exact, .seed = 5, .training = exact_training(), .rows = 0, .one = {}, .oracle = {}};
  EXPECT_EQ(failures(run_checks({}, nothing)), expected) << "nothing against nothing";
  const SmallSubject subject = make_subject(Data::exact, 16);
  EXPECT_EQ(failures(run_checks({}, subject)), expected) << "nothing against something";
}

// What the strategies do not depend on may be destroyed without an alarm.
TEST(Checks, let_harmless_damage_pass) {
  const Fault replicas{.id = "B16: dp broadcasts the parameters in every step",
                       .strategies = {"dp"},
                       .in_state = [](std::size_t, Strategy& strategy) {
                         if (strategy.rank() > 0)
                           damage_tensor(strategy.compute(), strategy.model().parameters().values(), zero_all);
                       }};
  const Fault used_gradients{.id = "every step overwrites the gradients",
                             .strategies = {"dp", "ddp"},
                             .in_state = [](std::size_t, Strategy& strategy) {
                               damage_tensor(strategy.compute(), strategy.model().parameters().gradients(),
                                             poison_first);
                             }};
  for (const Data data : all_data)
    for (const int ranks : {2, 3, 4})
      for (const Fault& harmless : {replicas, used_gradients})
        for (const std::string& strategy : harmless.strategies) {
          const SmallSubject subject = make_subject(data, data == Data::exact_bf16 ? 8 : is_exact(data) ? 16 : 13);
          const TrialOutcome outcome = try_fault(harmless, for_faults(subject, strategy, ranks));
          EXPECT_GT(outcome.fired, 0);
          EXPECT_EQ(outcome.failed, std::set<std::string>{}) << harmless.id << " " << strategy << " " << ranks;
        }
}

// A rank that starts from other parameters than rank 0 is refused before the first step.
TEST(DistributedDataParallel, refuses_a_broadcast_that_did_not_reach_a_rank) {
  const SmallSubject subject = make_subject(Data::exact, 16);
  for (const int ranks : {2, 3, 4}) {
    const auto fired = std::make_shared<FiredCount>();
    RecordingPlan plan = plan_for(subject, "ddp");
    plan.decorate = [&](std::unique_ptr<Communicator> group) {
      const Plant plant{{{Collective::broadcast}, {ranks - 1}}, damaged_result(flip_bit_of_largest(0))};
      return planted(std::move(group), plant, fired);
    };
    EXPECT_THROW(record_on(ranks, subject, plan), RankError);
    EXPECT_EQ(fired->acted, 1);
  }
}

}  // namespace
}  // namespace lockstep
