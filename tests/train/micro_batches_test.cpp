// Gradient accumulation: which rows are in which part, and what is held between two parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/train/fixture.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<std::vector<std::size_t>> sizes(const std::vector<MicroBatch>& micro_batches) {
  std::vector<std::vector<std::size_t>> all;
  for (const MicroBatch& micro : micro_batches) {
    std::vector<std::size_t>& pieces = all.emplace_back();
    for (const Rows& piece : micro.pieces) pieces.push_back(piece.count);
  }
  return all;
}

TEST(MicroBatches, are_chunks_of_the_batch_split_over_the_devices) {
  EXPECT_THAT(sizes(micro_batches_of({.micro_batches = 3}, 0, 16, 2)),
              ElementsAre(ElementsAre(3, 3), ElementsAre(3, 3), ElementsAre(2, 2)));
  EXPECT_THAT(sizes(micro_batches_of({}, 0, 9, 4)), ElementsAre(ElementsAre(3, 3, 3, 0)));
}

TEST(MicroBatches, are_no_more_than_there_are_rows) {
  const auto micro_batches = micro_batches_of({.micro_batches = 8}, 4, 3, 2);
  EXPECT_THAT(sizes(micro_batches), ElementsAre(ElementsAre(1, 0), ElementsAre(1, 0), ElementsAre(1, 0)));
  EXPECT_EQ(micro_batches[2].pieces[0], (Rows{2, 1}));
  EXPECT_TRUE(micro_batches[2].is_last());
  EXPECT_EQ(micro_batches[2].step, 4U);
}

TEST(MicroBatches, a_split_that_loses_rows_is_refused) {
  const auto lossy = [](std::size_t rows, std::size_t devices) {
    std::vector<Rows> pieces = chunk(rows, devices);
    pieces.back().count -= 1;
    return pieces;
  };
  const auto gappy = [](std::size_t rows, std::size_t) { return std::vector<Rows>{{0, 1}, {2, rows - 1}}; };
  EXPECT_THROW(micro_batches_of({.split = lossy}, 0, 8, 2), InternalError);
  EXPECT_THROW(micro_batches_of({.split = gappy}, 0, 8, 2), InternalError);
}

struct AccumulationCase {
  std::string strategy;
  int ranks;
};

class Accumulation : public ::testing::TestWithParam<AccumulationCase> {};

TEST_P(Accumulation, gives_the_gradients_and_parameters_of_the_full_batch) {
  const ExactTraining exact;
  const Recording whole = record(exact.training, exact.dataset, {});
  for (const std::size_t micro_batches : std::array<std::size_t, 3>{2, 5, 16}) {
    const Recording parts =
        record(exact.training, exact.dataset,
               {.strategy = GetParam().strategy,
                .ranks = GetParam().ranks,
                .options = {.buckets = {.first = 64, .others = 1024}, .micro_batches = micro_batches}});
    for (std::size_t step = 0; step < whole.size(); ++step) {
      double loss = 0;
      for (const Snapshot& rank : parts[step]) {
        loss += rank.loss;
        if (!rank.updates) continue;
        EXPECT_EQ(rank.gradients, whole[step][0].gradients);
        EXPECT_EQ(rank.parameters, whole[step][0].parameters);
      }
      EXPECT_EQ(loss, whole[step][0].loss);
    }
  }
}

// Between two micro-batches the ranks' parts add up to the gradient of what has been seen.
TEST_P(Accumulation, the_ranks_parts_add_up_to_the_gradient_so_far) {
  const ExactTraining exact;
  const std::size_t count = exact.training.initial_values.size();
  std::vector<std::vector<float>> held(static_cast<std::size_t>(GetParam().ranks));
  std::vector<float> expected;
  const auto run = [&](const std::string& strategy, int ranks, std::size_t batch, std::size_t micro_batches,
                       auto look) {
    World world = cpu::open_world({.ranks = ranks});
    on_every_rank(world, [&](Rank& rank) {
      const auto part = make_strategy(strategy, rank, exact.training, {.micro_batches = micro_batches});
      BatchLoader source{*rank.device, exact.dataset,
                         [batch](std::size_t) {
                           std::vector<SampleId> ids(batch);
                           for (std::size_t i = 0; i < batch; ++i) ids[i] = static_cast<SampleId>(i);
                           return ids;
                         },
                         DType::f32};
      const std::vector<MicroBatch> micro = part->micro_batches(0, batch);
      part->accumulate(micro[0], source);
      look(rank, *part);
      if (micro.size() > 1) part->accumulate(micro[1], source);
      part->update();
      part->compute().synchronize();
    });
  };
  run("single", 1, 8, 1, [&](Rank&, Strategy& one) { expected = to_host<float>(one.compute(), one.accumulated()); });
  run(GetParam().strategy, GetParam().ranks, 16, 2, [&](Rank& rank, Strategy& part) {
    held[static_cast<std::size_t>(rank.index)] = to_host<float>(part.compute(), part.accumulated());
  });
  std::vector<float> sum(count, 0);
  for (const std::vector<float>& part : held)
    for (std::size_t i = 0; i < part.size(); ++i) sum[i] += 2 * part[i];  // a mean over 16 samples, not over 8
  EXPECT_EQ(sum, expected);
}

INSTANTIATE_TEST_SUITE_P(Strategies, Accumulation,
                         ::testing::Values(AccumulationCase{"single", 1}, AccumulationCase{"dp", 1},
                                           AccumulationCase{"dp", 2}, AccumulationCase{"dp", 3},
                                           AccumulationCase{"ddp", 1}, AccumulationCase{"ddp", 2},
                                           AccumulationCase{"ddp", 3}),
                         [](const auto& test) { return fmt::format("{}_{}", test.param.strategy, test.param.ranks); });

// torch's no_sync: only the last micro-batch communicates under ddp; dp communicates in each.
TEST(Accumulation, communicates_as_the_strategy_says) {
  const ExactTraining exact;
  for (const std::string strategy : {"dp", "ddp"}) {
    World world = cpu::open_world({.ranks = 2});
    on_every_rank(world, [&](Rank& rank) {
      const auto part = make_strategy(strategy, rank, exact.training, {.micro_batches = 4});
      BatchLoader source{*rank.device, exact.dataset,
                         [](std::size_t) { return std::vector<SampleId>{0, 1, 2, 3, 4, 5, 6, 7}; }, DType::f32};
      const Traffic before = part->traffic();
      part->step(0, source);
      part->compute().synchronize();
      const Traffic traffic = part->traffic() - before;
      EXPECT_EQ(traffic.of(Collective::broadcast).calls, strategy == "dp" ? 4U : 0U);
      EXPECT_EQ(traffic.of(Collective::reduce).calls, strategy == "dp" ? 4U : 0U);
      EXPECT_EQ(traffic.of(Collective::all_reduce).calls, strategy == "dp" ? 0U : 1U);
    });
  }
}

// Each device's mean counts the same, whatever its number of rows: torch's DDP on uneven pieces.
TEST(Averaging, of_devices_is_the_mean_of_the_devices_means) {
  const ExactTraining exact;
  const auto gradients_of = [&](const std::vector<SampleId>& ids, int ranks, const StrategyOptions& options) {
    std::vector<float> gradients;
    World world = cpu::open_world({.ranks = ranks});
    on_every_rank(world, [&](Rank& rank) {
      const auto part = make_strategy("ddp", rank, exact.training, options);
      BatchLoader source{*rank.device, exact.dataset, [&](std::size_t) { return ids; }, DType::f32};
      part->step(0, source);
      const auto values = to_host<float>(part->compute(), part->model().parameters().gradients());
      if (rank.index == 0) gradients = values;
    });
    return gradients;
  };
  // chunk(6, 2) would be even; this split gives 4 and 2 rows.
  const auto four_two = [](std::size_t, std::size_t) { return std::vector<Rows>{{0, 4}, {4, 2}}; };
  const auto biased = gradients_of({0, 1, 2, 3, 4, 5}, 2, {.split = four_two, .averaging = Averaging::devices});
  const auto first = gradients_of({0, 1, 2, 3}, 1, {});
  const auto second = gradients_of({4, 5}, 1, {});
  ASSERT_THAT(biased, SizeIs(first.size()));
  for (std::size_t i = 0; i < biased.size(); ++i) EXPECT_EQ(biased[i], (first[i] + second[i]) / 2) << i;
}

}  // namespace
}  // namespace lockstep
