#include "harness/measure/trainer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/doubles/small_subject.hpp"

namespace lockstep {
namespace {

struct TrainerCase {
  std::string strategy;
  int ranks;
  Data data;
  std::size_t rows;
  cpu::Order order;
};

class TrainerContract : public ::testing::TestWithParam<TrainerCase> {
 protected:
  static TrainingWithData make_training() {
    return GetParam().data == Data::exact ? exact_training() : real_training();
  }
  Trainer make_trainer() {
    return {cpu::open_world({.ranks = GetParam().ranks, .order = GetParam().order}),
            subject_.training,
            subject_.dataset,
            consecutive(GetParam().rows),
            GetParam().strategy,
            small_buckets};
  }
  Recording recording(std::size_t steps) {
    World world = cpu::open_world({.ranks = GetParam().ranks});
    return record(world, subject_.training, subject_.dataset,
                  {.strategy = GetParam().strategy,
                   .steps = steps,
                   .options = small_buckets,
                   .batches = consecutive(GetParam().rows),
                   .decorate = {},
                   .after_step = {}});
  }
  const TrainingWithData subject_ = make_training();
};

std::set<std::size_t> steps_of(const Block& block) {
  std::set<std::size_t> steps;
  for (const RankTimes& rank : block.ranks)
    for (const TimedSpan& span : rank.spans) steps.insert(span.step);
  return steps;
}

TEST_P(TrainerContract, blocks_continue_the_count_of_steps) {
  Trainer trainer = make_trainer();
  EXPECT_EQ(steps_of(trainer.run(2)), (std::set<std::size_t>{0, 1}));
  EXPECT_EQ(steps_of(trainer.run(0)), (std::set<std::size_t>{}));
  EXPECT_EQ(steps_of(trainer.run(3)), (std::set<std::size_t>{2, 3, 4}));
}

TEST_P(TrainerContract, blocks_compute_what_a_recording_does) {
  const Recording expected = recording(5);
  Trainer trainer = make_trainer();
  trainer.run(2);
  trainer.run(3);
  std::vector<std::vector<double>> parameters(static_cast<std::size_t>(GetParam().ranks));
  trainer.on_every_rank([&](Rank& rank, Strategy& strategy) {
    const auto values = to_host<float>(strategy.compute(), strategy.model().parameters().values());
    parameters[static_cast<std::size_t>(rank.index)].assign(values.begin(), values.end());
  });
  for (std::size_t rank = 0; rank < parameters.size(); ++rank) {
    const RankRecord& record = expected.steps[4].ranks[rank];
    if (!record.updates) continue;
    EXPECT_EQ(parameters[rank], record.parameters) << "rank " << rank;
  }
  EXPECT_NE(parameters[0], expected.initial_parameters);
}

TEST_P(TrainerContract, losses_add_up_over_the_ranks) {
  const Recording expected = recording(5);
  std::vector<double> total;
  for (const StepRecord& step : expected.steps) total.push_back(total_loss(step));
  Trainer trainer = make_trainer();
  trainer.run(2);
  trainer.run(1);
  EXPECT_EQ(trainer.take_losses(), std::vector(total.begin(), total.begin() + 3));
  EXPECT_TRUE(trainer.take_losses().empty()) << "they were taken";
  trainer.run(2);
  EXPECT_EQ(trainer.take_losses(), std::vector(total.begin() + 3, total.end()));
}

TEST_P(TrainerContract, times_are_in_order_and_inside_the_block) {
  Trainer trainer = make_trainer();
  const Block block = trainer.run(3);
  ASSERT_EQ(block.ranks.size(), static_cast<std::size_t>(GetParam().ranks));
  for (const RankTimes& rank : block.ranks) {
    double now = 0;
    for (const TimedSpan& span : rank.spans) {
      if (span.lane != Lane::compute) continue;
      EXPECT_LE(now, span.begin);
      EXPECT_LE(span.begin, span.end);
      EXPECT_LE(span.end, rank.end);
      now = span.end;
    }
  }
  EXPECT_EQ(step_times(block).size(), 3U);
}

std::vector<TrainerCase> all_cases() {
  std::vector<TrainerCase> cases;
  for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred}) {
    cases.push_back({"single", 1, Data::real, 13, order});
    for (const std::string strategy : {"dp", "ddp"}) {
      cases.push_back({strategy, 3, Data::real, 13, order});
      cases.push_back({strategy, 4, Data::exact, 2, order});  // fewer rows than devices
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cpu, TrainerContract, ::testing::ValuesIn(all_cases()), [](const auto& test) {
  const TrainerCase& c = test.param;
  return fmt::format("{}_{}_devices_batch_{}_{}", c.strategy, c.ranks, c.rows,
                     c.order == cpu::Order::at_once ? "at_once" : "deferred");
});

}  // namespace
}  // namespace lockstep
