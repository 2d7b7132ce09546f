// What is said of the memory, from made-up numbers.
#include "harness/run/families/memory_findings.hpp"

#include <gtest/gtest.h>

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

MemoryAccount account_of(std::size_t parameters, std::size_t activations) {
  MemoryAccount account;
  account.add(Use::parameters, parameters);
  account.add(Use::activations, activations);
  return account;
}

TEST(MemoryFindings, device_0_against_the_median_of_the_others) {
  const std::vector<MemoryAccount> devices{account_of(100, 350), account_of(100, 200), account_of(100, 50),
                                           account_of(100, 100)};
  EXPECT_DOUBLE_EQ(device0_ratio(devices).value(), 450.0 / 200);
  EXPECT_EQ(describe_device0(devices),
            "Device 0 takes 2.25 times the memory of the others, most of the difference for activations: 250 B more.");
}

TEST(MemoryFindings, equal_devices_and_one_device) {
  const std::vector<MemoryAccount> devices{account_of(100, 50), account_of(100, 50)};
  EXPECT_EQ(device0_ratio(devices), 1);
  EXPECT_EQ(describe_device0(devices), "Every device takes the same memory.");
  EXPECT_FALSE(device0_ratio(std::span{devices}.first(1)));
}

TEST(MemoryFindings, device_0_may_take_less) {
  const std::vector<MemoryAccount> devices{account_of(100, 0), account_of(100, 100)};
  EXPECT_EQ(describe_device0(devices), "Device 0 takes 0.50 times the memory of the others.");
}

TEST(MemoryFindings, safe_batch_is_rounded_down) {
  EXPECT_EQ((LargestBatch{.batch = 731, .most = 1000}.safe()), 657U);
  EXPECT_EQ((LargestBatch{.batch = 10, .most = 1000}.safe()), 9U);
  EXPECT_EQ((LargestBatch{.batch = 1, .most = 1000}.safe()), 0U);
}

class LargestFinding : public ::testing::Test {
 protected:
  MemoryAdvice advice_{
      .wanted = 64, .devices = 2, .capacity = 4 * KiB, .fixed = 1 * KiB, .largest_batch = 31, .micro_batches = 3};
  BatchTrial advised_{.batch = 64, .micro_batches = 3, .accounts = {}, .shortage = {}};
};

TEST_F(LargestFinding, a_batch) {
  EXPECT_EQ(describe_largest({31, 100}, advice_),
            "The largest global batch in 4.00 KiB per device is 31 (16 per device); 27 leaves a tenth of it as a "
            "reserve.");
  EXPECT_EQ(describe_largest({100, 100}, advice_),
            "All 100 samples fit into one batch: the data, not the memory is the limit.");
}

TEST_F(LargestFinding, no_batch) {
  advice_.fixed = 5 * KiB;
  EXPECT_EQ(describe_largest({0, 100}, advice_),
            "The model alone does not fit: its parameters, gradients and optimizer state take 5.00 KiB of 4.00 KiB.");
}

TEST_F(LargestFinding, the_wanted_batch) {
  EXPECT_EQ(describe_wanted({64, 100}, advice_, {}), "The wanted batch of 64 fits.");
  EXPECT_EQ(describe_wanted({31, 100}, advice_, advised_),
            "The wanted batch of 64 does not fit; with train.micro_batches = 3 it does, as a trial confirmed.");
  EXPECT_EQ(describe_wanted({31, 100}, advice_, {}),
            "The wanted batch of 64 does not fit, whatever the number of micro-batches.");
  advised_.shortage.emplace();
  EXPECT_EQ(describe_wanted({31, 100}, advice_, advised_),
            "The wanted batch of 64 does not fit; with train.micro_batches = 3 it should, but a trial failed.");
}

}  // namespace
}  // namespace lockstep
