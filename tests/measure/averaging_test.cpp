// Uneven pieces: what a mean of the devices' means is off by, and that weighing by samples is not.
#include "harness/measure/checks/averaging.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/measure/checks/checks.hpp"
#include "harness/measure/checks/distance.hpp"
#include "tests/doubles/small_subject.hpp"

namespace lockstep {
namespace {

constexpr std::size_t rows = 12;

struct Averaged {
  Recording run;
  PiecewiseRun pieces;
};

/// ddp and one device on the same batches.
Averaged train(const StrategyOptions& options, int ranks, DType dtype = DType::f32, bool is_exact = false) {
  const auto training = [&](DType type) { return is_exact ? exact_training(type) : real_training(type); };
  RecordingPlan plan;
  plan.strategy = "ddp";
  plan.steps = recorded_steps;
  plan.options = options;
  plan.batches = consecutive(is_exact ? 16 : rows);
  const TrainingWithData candidate = training(dtype);
  const TrainingWithData oracle = training(DType::f64);
  World world = cpu::open_world({.ranks = ranks});
  World one = cpu::open_world({.ranks = 1});
  return {record(world, candidate.training, candidate.dataset, plan),
          record_pieces(one, oracle.training, oracle.dataset, plan, static_cast<std::size_t>(ranks))};
}

StrategyOptions with_sizes(std::vector<std::size_t> sizes, Averaging averaging, std::size_t micro_batches = 1) {
  return {.split = weighted(std::move(sizes)), .micro_batches = micro_batches, .averaging = averaging};
}

using Sizes = std::vector<std::size_t>;
const std::vector<Sizes> uneven{{9, 3}, {7, 5}, {12, 0}, {5, 4, 3}, {0, 1, 11}, {3, 3, 3, 2, 1, 0, 0}};

int ranks_of(const Sizes& sizes) { return static_cast<int>(sizes.size()); }

TEST(PiecesInTurn, weigh_as_the_averaging_says) {
  const auto divisors = [](const StrategyOptions& options, std::size_t devices) {
    std::vector<std::size_t> result;
    for (const MicroBatch& turn : pieces_in_turn(options, 0, 8, devices)) result.push_back(turn.batch_rows);
    return result;
  };
  EXPECT_EQ(divisors(with_sizes({6, 2}, Averaging::samples), 2), (Sizes{8, 8}));
  EXPECT_EQ(divisors(with_sizes({6, 2}, Averaging::devices), 2), (Sizes{12, 4})) << "1/6 of half, 1/2 of half";
  EXPECT_EQ(divisors(with_sizes({6, 0, 2}, Averaging::devices), 3), (Sizes{18, 6})) << "an empty piece counts as 0";
  EXPECT_EQ(divisors(with_sizes({3, 1}, Averaging::devices, 2), 2), (Sizes{12, 4, 12, 4}));
}

// By hand: one weight w, no bias, rows x = 1 and 2, 4, targets 0, w = 1: gradients 2wx² = 2, 8, 32.
// Pieces {1} and {2, 4}: means 2 and 20; their mean 11, the global mean 14, so the bias is (1/2-1/3)*2 + (1/2-2/3)*20.
TEST(PieceGradients, are_those_computed_by_hand) {
  Training training;
  training.architecture = make_mlp({1, 1}, Activation::none, false);
  training.initial_values = {1};
  training.optimizer = kernels::SgdSettings{.learning_rate = 0.0625};
  training.loss = Loss::mse;
  training.dtype = DType::f64;
  const Dataset dataset{FloatRows{{1, 2, 4}, 1}, FloatRows{{0, 0, 0}, 1}};
  RecordingPlan plan;
  plan.steps = 2;
  plan.options = with_sizes({1, 2}, Averaging::devices);
  plan.batches = [](std::size_t) { return std::vector<SampleId>{0, 1, 2}; };
  World world = cpu::open_world({.ranks = 1});
  const PiecewiseRun run = record_pieces(world, training, dataset, plan, 2);
  EXPECT_DOUBLE_EQ(run.steps[0].mean[0], 14);
  EXPECT_DOUBLE_EQ(run.steps[0].bias[0], -3);
  EXPECT_DOUBLE_EQ(run.recording.steps[0].ranks[0].gradients[0], 11);
  EXPECT_DOUBLE_EQ(run.steps[1].mean[0], 14 * (1 - 11.0 / 16)) << "after a step with the biased gradient";
  EXPECT_DOUBLE_EQ(predicted_gradient_bias(run.steps), 3.0 / 14);
  EXPECT_DOUBLE_EQ(gradient_bias(run.recording, run.steps), 3.0 / 14);
}

TEST(MeanOfMeans, is_biased_as_predicted) {
  for (const Sizes& sizes : uneven)
    for (const std::size_t micro_batches : {1U, 2U}) {
      const Averaged averaged = train(with_sizes(sizes, Averaging::devices, micro_batches), ranks_of(sizes));
      EXPECT_TRUE(has_uneven_pieces(averaged.run));
      EXPECT_TRUE(is_bias_visible(averaged.run, averaged.pieces.steps));
      const CheckResult check = check_mean_of_means(averaged.run, averaged.pieces.steps);
      EXPECT_EQ(check.verdict, Verdict::pass) << check.because;
      EXPECT_GT(check.compared, 0U);
      EXPECT_LT(*check.worst, check.limit.value() / 8) << "rounding only";
      EXPECT_NEAR(gradient_bias(averaged.run, averaged.pieces.steps), predicted_gradient_bias(averaged.pieces.steps),
                  distance_limit(DType::f32));
      for (const CheckResult& same :
           check_end_to_end(averaged.run, averaged.pieces.recording, averaged.pieces.recording))
        EXPECT_EQ(same.verdict, Verdict::pass) << same.because;
      EXPECT_EQ(check_bias_removed(averaged.run, averaged.pieces.steps, distance_limit(DType::f32)).verdict,
                Verdict::fail)
          << "which tells the one from the other";
    }
}

TEST(WeightedLoss, removes_the_bias) {
  for (const Sizes& sizes : uneven) {
    const Averaged averaged = train(with_sizes(sizes, Averaging::samples), ranks_of(sizes));
    const CheckResult check = check_bias_removed(averaged.run, averaged.pieces.steps, distance_limit(DType::f32));
    EXPECT_EQ(check.verdict, Verdict::pass) << check.because;
    EXPECT_GT(predicted_gradient_bias(averaged.pieces.steps), 10 * distance_limit(DType::f32));
    EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).verdict, Verdict::fail) << "the bias is absent";
  }
}

TEST(WeightedLoss, removes_the_bias_to_the_last_bit_on_exact_data) {
  for (const Sizes& sizes : uneven) {
    const Averaged averaged = train(with_sizes(sizes, Averaging::samples), ranks_of(sizes), DType::f32, true);
    const CheckResult check = check_bias_removed(averaged.run, averaged.pieces.steps, 0);
    EXPECT_EQ(check.verdict, Verdict::pass) << check.because;
    EXPECT_EQ(check.worst, 0.0);
  }
}

TEST(EvenPieces, are_no_occasion_for_either_check) {
  for (const Averaging averaging : {Averaging::samples, Averaging::devices}) {
    const Averaged averaged = train(with_sizes({4, 4, 4}, averaging), 3);
    EXPECT_FALSE(has_uneven_pieces(averaged.run));
    EXPECT_FALSE(is_bias_visible(averaged.run, averaged.pieces.steps));
    EXPECT_LT(predicted_gradient_bias(averaged.pieces.steps), 1e-15);
    EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).compared, 0U);
    EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).verdict, Verdict::fail);
    EXPECT_EQ(check_bias_removed(averaged.run, averaged.pieces.steps, 1).verdict, Verdict::fail);
  }
}

/// The run with what it adds to the global mean multiplied.
Recording with_bias_times(double factor, const Averaged& averaged) {
  Recording run = averaged.run;
  for (std::size_t step = 0; step < run.steps.size(); ++step)
    for (RankRecord& rank : run.steps[step].ranks)
      for (std::size_t i = 0; i < rank.gradients.size(); ++i) {
        const double mean = averaged.pieces.steps[step].mean[i];
        rank.gradients[i] = mean + factor * (rank.gradients[i] - mean);
      }
  return run;
}

// The planted faults: a bias that is not there, of another size, of the other sign.
TEST(MeanOfMeans, another_bias_is_caught) {
  for (const Sizes& sizes : uneven) {
    const Averaged averaged = train(with_sizes(sizes, Averaging::devices), ranks_of(sizes));
    const auto verdict_with = [&](double factor) {
      return check_mean_of_means(with_bias_times(factor, averaged), averaged.pieces.steps).verdict;
    };
    EXPECT_EQ(verdict_with(1), Verdict::pass);
    for (const double factor : {0.0, 0.5, 0.99, 1.01, 2.0, -1.0})
      EXPECT_EQ(verdict_with(factor), Verdict::fail) << factor;
  }
}

// A bias that only one rank has.
TEST(MeanOfMeans, is_checked_on_every_rank) {
  Averaged averaged = train(with_sizes({9, 3}, Averaging::devices), 2);
  averaged.run.steps[2].ranks[1].gradients = averaged.pieces.steps[2].mean;
  EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).verdict, Verdict::fail);
}

TEST(MeanOfMeans, what_is_not_a_number_is_caught) {
  Averaged averaged = train(with_sizes({9, 3}, Averaging::devices), 2);
  averaged.run.steps[1].ranks[0].gradients[3] = std::nan("");
  EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).verdict, Verdict::fail);
  EXPECT_EQ(check_bias_removed(averaged.run, averaged.pieces.steps, 1).verdict, Verdict::fail);
}

TEST(MeanOfMeans, nothing_to_compare_fails) {
  Averaged averaged = train(with_sizes({9, 3}, Averaging::devices), 2);
  EXPECT_EQ(check_mean_of_means({}, {}).verdict, Verdict::fail);
  averaged.pieces.steps.pop_back();
  EXPECT_EQ(check_mean_of_means(averaged.run, averaged.pieces.steps).verdict, Verdict::fail);
  EXPECT_EQ(check_bias_removed(averaged.run, averaged.pieces.steps, 1).verdict, Verdict::fail);
}

TEST(Distance, is_relative_to_what_is_expected) {
  EXPECT_EQ(l2_norm(std::vector<double>{3, 4}), 5);
  EXPECT_EQ(relative_distance(std::vector<double>{3, 5}, std::vector<double>{3, 4}), 0.2);
  EXPECT_EQ(relative_distance(std::vector<double>{0, 0}, std::vector<double>{0, 0}), 0);
  EXPECT_TRUE(std::isinf(relative_distance(std::vector<double>{1}, std::vector<double>{0})));
}

}  // namespace
}  // namespace lockstep
