#include "harness/measure/arithmetic.hpp"

#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {
namespace {

// Of the 24-16-12-8 network, for n rows: the products are 2·n·in·out each, forward, by weight, and by input but for the
// first layer. The rest is elementwise: a few operations for each activation, output and parameter.
TEST(FlopsOfStep, are_those_of_its_matrix_products_and_little_more) {
  const TrainingWithData subject = exact_training();
  for (const std::size_t rows : {64U, 128U}) {
    const double products = 2.0 * static_cast<double>(rows) * (2 * 24 * 16 + 3 * (16 * 12 + 12 * 8));
    const double flops =
        flops_of_step(cpu::open_world({.ranks = 1}), subject.training, subject.dataset, consecutive(rows));
    EXPECT_GE(flops, products);
    EXPECT_LT(flops, 1.1 * products);
  }
}

TEST(FlopsOfStep, needs_one_device) {
  const TrainingWithData subject = exact_training();
  EXPECT_THROW(flops_of_step(cpu::open_world({.ranks = 2}), subject.training, subject.dataset, consecutive(8)),
               InternalError);
}

TEST(Utilisation, is_a_share_of_the_devices_products) {
  // 4 flop in 2 s on two devices that can do 4 flop/s each.
  EXPECT_EQ(utilisation({.flops = 4, .product_rate = 4}, {2}, 2).value, 0.25);
  EXPECT_EQ(utilisation({.flops = 4, .product_rate = 4}, {2, 1, 4}, 2).value, 0.25) << "the median of the steps";
}

TEST(BestProductRate, is_a_rate) {
  EXPECT_GT(best_product_rate(), 1e6) << "slower than any machine of the last decades";
  EXPECT_LT(best_product_rate(), 1e15);
}

}  // namespace
}  // namespace lockstep
