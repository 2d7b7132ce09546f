// Advice for a training that does not fit, against what really fits.
#include "harness/measure/memory_advice.hpp"

#include <gtest/gtest.h>

#include "harness/base/units.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

// 3·5 + 5 + 5·2 + 2 = 32 parameters: 256 bytes with gradients. A row takes 56 bytes of activations and 16 of batch.
class Advice : public ::testing::Test {
 protected:
  Advice() {
    training_.architecture = make_mlp({3, 5, 2}, Activation::relu, true);
    training_.optimizer = kernels::SgdSettings{};
    training_.loss = Loss::cross_entropy;
  }
  MemoryAdvice advice(std::string_view strategy, std::size_t devices, std::size_t capacity, std::size_t wanted) {
    return advise({.training = training_,
                   .strategy = strategy,
                   .options = options_,
                   .devices = devices,
                   .capacity = capacity,
                   .batches = [](std::size_t batch) { return std::vector<std::size_t>{batch}; }},
                  wanted, 1000);
  }
  Training training_;
  StrategyOptions options_;
};

TEST_F(Advice, a_batch_that_fits) {
  const MemoryAdvice fits = advice("single", 1, 264 + 10 * 72, 10);
  EXPECT_EQ(fits.fixed, 264U);
  EXPECT_EQ(fits.largest_batch, 10U);
  EXPECT_FALSE(fits.micro_batches);
  EXPECT_EQ(describe(fits), "in 984 B per device a global batch of 10 fits");
  EXPECT_EQ(advice("single", 1, 264 + 10 * 72 - 1, 10).largest_batch, 9U) << "one byte less";
}

TEST_F(Advice, micro_batches_that_make_the_wanted_batch_fit) {
  const MemoryAdvice smaller = advice("ddp", 2, 264 + 10 * 72, 70);
  EXPECT_EQ(smaller.largest_batch, 20U);
  EXPECT_EQ(smaller.micro_batches, 4U) << "4 parts of at most 18 rows; 3 would have 24";
  EXPECT_EQ(describe(smaller),
            "in 984 B per device a global batch of 20 fits (10 per device), or one of 70 with train.micro_batches = 4");
}

// The other gradient that dp needs for micro-batches may take all that they save.
TEST_F(Advice, micro_batches_do_not_always_help) {
  const MemoryAdvice none = advice("dp", 1, 264 + 100, 10);
  EXPECT_EQ(none.largest_batch, 1U);
  EXPECT_FALSE(none.micro_batches);
  EXPECT_EQ(describe(none), "in 364 B per device a global batch of 1 fits");
}

TEST_F(Advice, starts_above_the_micro_batches_that_there_are) {
  options_.micro_batches = 3;
  EXPECT_EQ(advice("single", 1, 264 + 10 * 72, 70).micro_batches, 7U);
  EXPECT_EQ(advice("single", 1, 264 + 10 * 72, 70).largest_batch, 30U);
  options_.micro_batches = 100;
  EXPECT_EQ(advice("single", 1, 264 + 10 * 72, 70).largest_batch, 1000U) << "all the samples that there are";
}

TEST_F(Advice, no_room_beside_the_model) {
  const MemoryAdvice none = advice("single", 1, 300, 10);
  EXPECT_EQ(none.largest_batch, 0U);
  EXPECT_TRUE(none.model_fits());
  EXPECT_EQ(describe(none), "beside the model (264 B of 300 B) there is no room for a single sample");
}

TEST_F(Advice, the_model_alone_does_not_fit) {
  training_.optimizer = kernels::AdamSettings{};
  const MemoryAdvice none = advice("dp", 2, 300, 10);
  EXPECT_FALSE(none.model_fits());
  EXPECT_FALSE(none.micro_batches);
  EXPECT_EQ(describe(none),
            "the model alone does not fit: its parameters, gradients and optimizer state take 520 B of 300 B");
}

}  // namespace
}  // namespace lockstep
