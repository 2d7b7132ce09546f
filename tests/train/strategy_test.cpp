// dp and ddp compute what one device computes: identical bits on exactly representable data, for any number of devices,
// any split and any order of execution.
#include <algorithm>
#include <cmath>

#include "tests/train/fixture.hpp"

namespace lockstep {
namespace {

struct StrategyCase {
  std::string strategy;
  int ranks;
  std::size_t batch;
  cpu::Order order;
};

class StrategyContract : public ::testing::TestWithParam<StrategyCase> {
 protected:
  [[nodiscard]] Plan plan() const {
    return {.strategy = GetParam().strategy,
            .ranks = GetParam().ranks,
            .order = GetParam().order,
            .batch = GetParam().batch};
  }
  ExactTraining exact_;
};

TEST_P(StrategyContract, equals_one_device_bit_for_bit) {
  const Recording one = record(exact_.training, exact_.dataset, {.batch = GetParam().batch});
  const Recording many = record(exact_.training, exact_.dataset, plan());
  for (std::size_t step = 0; step < one.size(); ++step) {
    const Snapshot& expected = one[step][0];
    double loss = 0;
    std::vector<float> inputs;
    for (const Snapshot& rank : many[step]) {
      loss += rank.updates ? rank.loss : 0;
      inputs.insert(inputs.end(), rank.inputs.begin(), rank.inputs.end());
      if (!rank.updates) continue;
      ASSERT_EQ(rank.gradients, expected.gradients) << "step " << step;
      ASSERT_EQ(rank.parameters, expected.parameters) << "step " << step;
    }
    EXPECT_EQ(loss, expected.loss) << "step " << step;
    EXPECT_EQ(inputs, expected.inputs) << "every sample went through exactly one replica, in order; step " << step;
  }
}

TEST_P(StrategyContract, the_training_is_alive) {
  const Recording many = record(exact_.training, exact_.dataset, plan());
  std::vector<float> before = exact_.training.initial_values;
  for (const auto& ranks : many) {
    const Snapshot& first = ranks[0];
    EXPECT_TRUE(std::ranges::any_of(first.gradients, [](float g) { return g != 0; }));
    EXPECT_NE(first.parameters, before) << "parameters moved";
    EXPECT_GT(first.loss, 0);
    before = first.parameters;
  }
}

std::vector<StrategyCase> all_cases() {
  std::vector<StrategyCase> cases;
  for (const std::string strategy : {"dp", "ddp"})
    for (const int ranks : {1, 2, 3, 4, 7})
      for (const std::size_t batch : {std::size_t{16}, std::size_t{2}, std::size_t{64}})
        for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred})
          cases.push_back({strategy, ranks, batch, order});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cpu, StrategyContract, ::testing::ValuesIn(all_cases()), [](const auto& test) {
  const StrategyCase& c = test.param;
  return fmt::format("{}_{}_devices_batch_{}_{}", c.strategy, c.ranks, c.batch,
                     c.order == cpu::Order::at_once ? "at_once" : "deferred");
});

TEST(SingleDevice, float_and_double_agree_on_exact_data) {
  const ExactTraining f32;
  const ExactTraining f64{DType::f64};
  const Recording one = record(f32.training, f32.dataset, {});
  World world = cpu::open_world({.ranks = 1});
  on_every_rank(world, [&](Rank& rank) {
    const auto strategy = make_strategy("single", rank, f64.training, {});
    BatchLoader source{*rank.device, f64.dataset,
                       [](std::size_t step) {
                         std::vector<SampleId> ids(16);
                         for (std::size_t i = 0; i < 16; ++i) ids[i] = static_cast<SampleId>(step * 16 + i);
                         return ids;
                       },
                       DType::f64};
    for (std::size_t step = 0; step < 5; ++step) {
      strategy->step(step, source);
      const auto values = to_host<double>(strategy->compute(), strategy->model().parameters().values());
      EXPECT_EQ((std::vector<float>{values.begin(), values.end()}), one[step][0].parameters);
    }
  });
}

TEST(SingleDevice, refuses_several_devices) {
  const ExactTraining exact;
  EXPECT_THROW(record(exact.training, exact.dataset, {.strategy = "single", .ranks = 2}), RankError);
}

TEST(DataParallel, B04_devices_without_a_piece_do_nothing) {
  const ExactTraining exact;
  World world = cpu::open_world({.ranks = 4});
  on_every_rank(world, [&](Rank& rank) {
    const auto strategy = make_strategy("dp", rank, exact.training, {});
    BatchLoader source{*rank.device, exact.dataset,
                       [](std::size_t) {
                         return std::vector<SampleId>{0, 1};
                       },
                       DType::f32};
    strategy->step(0, source);
    strategy->compute().synchronize();
    EXPECT_EQ(strategy->timeline().spans().empty(), rank.index >= 2);
    EXPECT_EQ(strategy->inputs().count() > 0, rank.index < 2);
    EXPECT_EQ(rank.device->account().of(Use::activations).peak > 0, rank.index < 2);
  });
}

// B16, S1: replicas follow device 0's parameters at every step, whatever happened to them in between.
TEST(DataParallel, B16_every_step_broadcasts_the_parameters) {
  const ExactTraining exact;
  World world = cpu::open_world({.ranks = 3});
  on_every_rank(world, [&](Rank& rank) {
    const auto strategy = make_strategy("dp", rank, exact.training, {});
    BatchLoader source{*rank.device, exact.dataset,
                       [](std::size_t) {
                         return std::vector<SampleId>{0, 1, 2};
                       },
                       DType::f32};
    for (std::size_t step = 0; step < 4; ++step) {
      if (rank.index > 0) std::ranges::fill(strategy->model().parameters().values().values<float>(), 1e9F);
      strategy->step(step, source);
      strategy->compute().synchronize();
      for (const float value : strategy->model().parameters().values().values<float>()) ASSERT_LT(std::abs(value), 2);
    }
  });
}

TEST(DistributedDataParallel, B65_rank_0_decides_the_start) {
  const ExactTraining exact;
  std::vector<Training> trainings;
  for (int rank = 0; rank < 3; ++rank) {
    ExactTraining own;
    own.training.initial_values =
        sparse_ternary(own.training.architecture.parameter_specs(), static_cast<std::uint64_t>(rank) + 3);
    trainings.push_back(std::move(own.training));
  }
  World world = cpu::open_world({.ranks = 3});
  on_every_rank(world, [&](Rank& rank) {
    const auto strategy = make_strategy("ddp", rank, trainings[static_cast<std::size_t>(rank.index)], {});
    EXPECT_EQ(to_host<float>(strategy->compute(), strategy->model().parameters().values()),
              exact.training.initial_values);
  });
}

TEST(DistributedDataParallel, B66_different_models_are_an_error_not_a_hang) {
  const ExactTraining exact;
  Training other = ExactTraining{}.training;
  other.architecture = make_mlp({24, 15, 12, 8}, Activation::relu, true);
  other.initial_values = sparse_ternary(other.architecture.parameter_specs(), 3);
  World world = cpu::open_world({.ranks = 2});
  EXPECT_THROW(
      on_every_rank(world,
                    [&](Rank& rank) { make_strategy("ddp", rank, rank.index == 0 ? exact.training : other, {}); }),
      RankError);
}

TEST(Strategies, an_unknown_name_suggests_the_nearest) {
  const ExactTraining exact;
  World world = cpu::open_world({.ranks = 1});
  try {
    make_strategy("dpp", *world.ranks[0], exact.training, {});
    ADD_FAILURE() << "an unknown strategy was made";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "unknown strategy \"dpp\"; did you mean \"dp\"?");
  }
}

}  // namespace
}  // namespace lockstep
