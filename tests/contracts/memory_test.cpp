// A device's memory: capacity, accounts, reuse.
#include <gmock/gmock.h>

#include <cmath>
#include <optional>

#include "harness/device/tensor.hpp"
#include "tests/contracts/cpu_worlds.hpp"

namespace lockstep {
namespace {

class MemoryContract : public ::testing::Test {
 protected:
  MemoryContract() : world_{cpu::open_world({.ranks = 1, .capacity = 10000})}, device_{*world_.ranks[0]->device} {}
  World world_;
  Device& device_;
};

TEST_F(MemoryContract, counts_by_use_to_the_byte) {
  {
    const Tensor parameters{device_, DType::f32, {10, 3}, Use::parameters};
    std::optional<Tensor> batch{std::in_place, device_, DType::f64, Shape{7}, Use::batch};
    EXPECT_EQ(device_.account().of(Use::parameters).current, 120U);
    EXPECT_EQ(device_.account().of(Use::batch).current, 56U);
    EXPECT_EQ(device_.account().total.current, 176U);
    batch.reset();
    EXPECT_EQ(device_.account().of(Use::batch).current, 0U);
    EXPECT_EQ(device_.account().of(Use::batch).peak, 56U);
    EXPECT_EQ(device_.account().total.current, 120U);
  }
  EXPECT_EQ(device_.account().total.current, 0U);
  EXPECT_EQ(device_.account().total.peak, 176U);
}

TEST_F(MemoryContract, views_share_and_keep_the_memory) {
  std::optional<Tensor> tensor{std::in_place, device_, DType::f32, Shape{4, 2}, Use::batch};
  tensor->values<float>()[6] = 5;
  const Tensor row = tensor->view_rows(3, 1);
  tensor.reset();
  EXPECT_EQ(row.values<float>()[0], 5);
  EXPECT_EQ(device_.account().total.current, 32U);
  EXPECT_THROW(row.view_rows(1, 1), InternalError);
  EXPECT_THROW((void)row.values<double>(), InternalError);
}

TEST_F(MemoryContract, running_out_names_everything_and_harms_nothing) {
  const Tensor parameters{device_, DType::f32, {2000}, Use::parameters};
  try {
    const Tensor too_much{device_, DType::f32, {501}, Use::activations};
    ADD_FAILURE() << "2004 bytes fitted into 2000";
  } catch (const OutOfMemory& error) {
    EXPECT_EQ(error.requested(), 2004U);
    EXPECT_EQ(error.use(), Use::activations);
    EXPECT_STREQ(
        error.what(),
        "device cpu:0 is out of memory: requested 1.96 KiB (2004 bytes) for activations, free 1.95 KiB of 9.77 KiB; in "
        "use: parameters 7.81 KiB");
  }
  EXPECT_EQ(device_.account().total.current, 8000U);
  const Tensor fits{device_, DType::f32, {500}, Use::activations};
  EXPECT_EQ(device_.account().total.current, 10000U);
}

TEST_F(MemoryContract, new_memory_is_not_a_number) {
  for (int repeat = 0; repeat < 2; ++repeat) {  // the second time from the pool
    const Tensor tensor{device_, DType::f32, {10}, Use::batch};
    for (float& value : tensor.values<float>()) {
      EXPECT_TRUE(std::isnan(value));
      value = 1;
    }
  }
}

TEST_F(MemoryContract, a_tensor_outlives_its_device) {
  Tensor tensor;
  {
    World world = cpu::open_world({.ranks = 1});
    tensor = Tensor{*world.ranks[0]->device, DType::f32, {10}, Use::batch};
    tensor.values<float>()[9] = 3;
  }
  EXPECT_EQ(tensor.values<float>()[9], 3);
}

TEST_F(MemoryContract, an_empty_tensor_takes_nothing) {
  const Tensor empty{device_, DType::f32, {0, 5}, Use::batch};
  EXPECT_TRUE(empty.values<float>().empty());
  EXPECT_EQ(device_.account().total.peak, 0U);
}

}  // namespace
}  // namespace lockstep
