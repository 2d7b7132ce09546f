// Each cause planted in wall times whose losses are known.
#include "harness/measure/bottleneck.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Cause = Bottleneck::Cause;

constexpr Scaling strong{.kind = Scaling::Kind::strong, .devices = 2, .global_batch = 8};
constexpr Scaling weak{.kind = Scaling::Kind::weak, .devices = 2, .global_batch = 16};

double& in_phase(WallTime& time, Phase phase) { return time.by_phase[static_cast<std::size_t>(phase)]; }

/// One device: 8 s forward and 2 s update.
WallTime one_device() {
  WallTime time;
  time.computing = 10;
  in_phase(time, Phase::forward) = 8;
  in_phase(time, Phase::update) = 2;
  time.holding_up = {0};
  return time;
}

/// Two devices that share everything: the ideal.
WallTime ideal() {
  WallTime time;
  time.computing = 5;
  in_phase(time, Phase::forward) = 4;
  in_phase(time, Phase::update) = 1;
  time.holding_up = {0, 0};
  return time;
}

/// Two devices of which the first updates alone.
WallTime with_serial_update() {
  WallTime time = ideal();
  time.computing = 4;
  time.serial = 2;
  in_phase(time, Phase::update) = 2;
  time.is_serial[static_cast<std::size_t>(Phase::update)] = true;
  return time;
}

TEST(LostTime, is_nothing_for_the_ideal) {
  const LostTime lost = lost_time(ideal(), one_device(), strong);
  EXPECT_EQ(lost.step, 5);
  EXPECT_EQ(lost.ideal, 5);
  for (const double part : {lost.serial, lost.communication, lost.straggler, lost.computation, lost.idle})
    EXPECT_EQ(part, 0);
}

TEST(LostTime, parts_add_up_to_the_loss) {
  WallTime candidate = with_serial_update();
  candidate.communicating = 1.5;
  candidate.idle = 0.25;
  candidate.computing = 7;                    // one rank is slow
  in_phase(candidate, Phase::forward) = 6.5;  // and both compute longer than 4
  const LostTime lost = lost_time(candidate, one_device(), strong);
  EXPECT_EQ(lost.serial, 2 - 1) << "of the update's 2 s half would be each device's";
  EXPECT_EQ(lost.communication, 1.5);
  EXPECT_EQ(lost.straggler, 0.5);
  EXPECT_EQ(lost.computation, 6.5 - 4);
  EXPECT_EQ(lost.idle, 0.25);
  EXPECT_EQ(lost.loss(), 1 + 1.5 + 0.5 + 2.5 + 0.25);
}

TEST(LostTime, the_ideal_under_weak_scaling_is_one_device) {
  WallTime candidate = one_device();
  candidate.communicating = 3;
  const LostTime lost = lost_time(candidate, one_device(), weak);
  EXPECT_EQ(lost.ideal, 10);
  EXPECT_EQ(lost.communication, 3);
  EXPECT_EQ(lost.loss(), 3);
}

Bottleneck found(const WallTime& candidate, const Scaling& scaling = strong, double noise = 0) {
  return find_bottleneck(candidate, one_device(), scaling, noise);
}

TEST(Bottleneck, is_nothing_near_the_ideal) {
  EXPECT_EQ(found(ideal()).cause, Cause::nothing);
  EXPECT_EQ(found(ideal()).sentence, "nothing limits it: a step of 5e+03 ms where 5e+03 ms would be ideal");
}

TEST(Bottleneck, is_nothing_below_the_noise) {
  WallTime candidate = ideal();
  candidate.communicating = 1;  // a sixth of the step
  EXPECT_EQ(found(candidate, strong, 0.1).cause, Cause::communication);
  EXPECT_EQ(found(candidate, strong, 0.2).cause, Cause::nothing);
  EXPECT_EQ(found(candidate, strong, 0.2).sentence,
            "what limits it is hidden by the noise of 20 %: a step of 6e+03 ms where 5e+03 ms would be ideal");
}

TEST(Bottleneck, can_be_the_serial_part_on_device_0) {
  const Bottleneck bottleneck = found(with_serial_update());
  EXPECT_EQ(bottleneck.cause, Cause::serial_part);
  EXPECT_EQ(bottleneck.sentence,
            "limited by the serial part on device 0 (update): 1e+03 ms of the 1e+03 ms that a step of 6e+03 ms loses "
            "against 2 ideal devices");
}

TEST(Bottleneck, can_be_communication) {
  WallTime candidate = with_serial_update();
  candidate.communicating = 1.5;
  EXPECT_EQ(found(candidate).cause, Cause::communication);
  EXPECT_THAT(found(candidate).sentence, HasSubstr("limited by communication that no computation hides: 1.5e+03 ms"));
}

TEST(Bottleneck, can_be_a_straggler_and_names_it) {
  WallTime candidate = ideal();
  candidate.computing = 7;
  candidate.holding_up = {0.25, 2};
  EXPECT_EQ(found(candidate).cause, Cause::straggler);
  EXPECT_THAT(found(candidate).sentence, HasSubstr("limited by rank 1, which the others wait for: 2e+03 ms"));
  candidate.holding_up = {2, 2};
  EXPECT_THAT(found(candidate).sentence, HasSubstr("ranks that are late in turn"));
}

TEST(Bottleneck, can_be_computation_that_does_not_shrink) {
  WallTime candidate = ideal();
  candidate.computing = 8;
  in_phase(candidate, Phase::forward) = 7;
  EXPECT_EQ(found(candidate).cause, Cause::small_batch);
  EXPECT_THAT(found(candidate).sentence, HasSubstr("a batch too small for 2 devices"));
}

TEST(Bottleneck, can_be_hardware_that_devices_share) {
  WallTime candidate = one_device();
  candidate.computing = 13;
  in_phase(candidate, Phase::forward) = 11;
  EXPECT_EQ(found(candidate, weak).cause, Cause::shared_hardware);
}

TEST(Bottleneck, can_be_that_nothing_happens) {
  WallTime candidate = ideal();
  candidate.idle = 2;
  EXPECT_EQ(found(candidate).cause, Cause::idle);
}

}  // namespace
}  // namespace lockstep
