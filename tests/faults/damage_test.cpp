// Faults must do what they say, on every type that is stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/faulty_communicator.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

class Damaged : public ::testing::Test {
 protected:
  template <typename T>
  std::vector<float> after(const Damage& damage, std::vector<T> values) {
    const Tensor tensor{device(), dtype_of<T>(), {values.size()}, Use::activations};
    from_host<T>(*stream_, values, tensor);
    damage_tensor(*stream_, tensor, damage);
    return floats_of(*stream_, tensor);
  }
  Device& device() { return *world_.ranks[0]->device; }

  World world_ = cpu::open_world({.ranks = 1});
  std::unique_ptr<Stream> stream_ = device().make_compute_stream();
};

TEST_F(Damaged, f32) {
  EXPECT_THAT(after<float>(negate_all, {1, -2}), ElementsAre(-1, 2));
  EXPECT_THAT(after<float>(zero_all, {1, -2}), ElementsAre(0, 0));
  EXPECT_THAT(after<float>(lose_largest, {1, -3, 2}), ElementsAre(1, 0, 2));
  EXPECT_THAT(after<float>(shift_by_one, {1, 2, 3}), ElementsAre(2, 3, 1));
  EXPECT_THAT(after<float>(scale_all(0.5), {1, 2}), ElementsAre(0.5, 1));
  EXPECT_THAT(after<float>(truncate_to_bf16, {1 + 0x1p-7F, 1 + 0x1p-8F}), ElementsAre(1 + 0x1p-7F, 1));
  EXPECT_THAT(after<float>(flip_bit_of_largest(0), {1, -2}), ElementsAre(1, -2 - 0x1p-22F));
  EXPECT_TRUE(std::isnan(after<float>(poison_first, {1, 2})[0]));
}

TEST_F(Damaged, what_is_stored_in_bf16_is_rounded_again) {
  EXPECT_THAT(after<BFloat16>(scale_all(1 + 0x1p-20), {BFloat16{1.0F}}), ElementsAre(1));
  EXPECT_THAT(after<BFloat16>(scale_all(2), {BFloat16{1.5F}}), ElementsAre(3));
}

TEST_F(Damaged, tokens_stay_numbers_of_tokens) {
  EXPECT_THAT(after<std::int32_t>(shift_by_one, {7, 8, 9}), ElementsAre(8, 9, 7));
}

TEST(StrikeText, says_what_is_struck_where_and_when) {
  using enum Collective;
  EXPECT_EQ(text_of({{reduce}, {2}}), "reduce of rank 2, every one");
  EXPECT_EQ(text_of({{all_reduce, reduce}, {0, 1}, 1, 0}), "all_reduce and reduce of rank 0, 1, number 1 only");
  EXPECT_EQ(text_of({{scatter}, {0}, 1, 1}), "scatter of rank 0, every one from number 1 on");
  EXPECT_EQ(text_of({{scatter}, {0}, 0, 2}), "scatter of rank 0, one in 2");
  EXPECT_EQ(text_of({{scatter}, {0}, 1, 2}), "scatter of rank 0, one in 2 from number 1 on");
}

}  // namespace
}  // namespace lockstep
