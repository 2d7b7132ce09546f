// A slowed device: kernels of known duration on a planted clock.
#include "harness/device/slowed.hpp"

#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {
namespace {

/// Goes on by one second whenever it is read, and by what kernels say.
struct PlantedClock {
  double now = 0;
  int readings = 0;
};

WorkClock clock_of(PlantedClock& clock) {
  return [&clock] {
    ++clock.readings;
    return Seconds{clock.now += 1};
  };
}

Kernel kernel_of(PlantedClock& clock, double seconds) {
  return {.name = "test", .cost = {}, .body = [&clock, seconds] { clock.now += seconds; }};
}

class SlowedTest : public ::testing::Test {
 protected:
  explicit SlowedTest(int ranks = 1) : world_{cpu::open_world({.ranks = ranks})} {}
  Rank& rank(std::size_t index) { return *world_.ranks[index]; }

  World world_;
  PlantedClock clock_;
};

TEST_F(SlowedTest, a_kernel_takes_factor_times_as_long) {
  slow_down(rank(0), 4, clock_of(clock_));
  const auto stream = rank(0).device->make_compute_stream();
  stream->run(kernel_of(clock_, 99));
  // From one reading to the next the kernel takes 100 s; the loop ends with the first reading at 400 s or later.
  EXPECT_EQ(clock_.now, 1 + 400);
  stream->run(kernel_of(clock_, 0));
  EXPECT_EQ(clock_.now, 401 + 1 + 4) << "each kernel by itself";
}

TEST_F(SlowedTest, a_factor_of_one_adds_nothing) {
  slow_down(rank(0), 1, clock_of(clock_));
  const auto stream = rank(0).device->make_compute_stream();
  stream->run(kernel_of(clock_, 99));
  EXPECT_EQ(clock_.now, 99 + 3) << "three readings";
}

TEST_F(SlowedTest, copies_events_and_side_streams_are_at_full_speed) {
  slow_down(rank(0), 4, clock_of(clock_));
  const auto stream = rank(0).device->make_compute_stream();
  const auto side = rank(0).device->make_side_stream();
  const Tensor tensor{*rank(0).device, DType::f32, {3}, Use::workspace};
  from_host<float>(*stream, std::vector<float>{1, 2, 3}, tensor);
  stream->wait(side->record());
  side->run({.name = "test", .cost = {}, .body = [] {}});
  side->synchronize();
  EXPECT_EQ(to_host<float>(*stream, tensor), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(clock_.readings, 0);
}

TEST_F(SlowedTest, memory_and_name_are_the_devices) {
  const std::string name = rank(0).device->name();
  const std::size_t capacity = rank(0).device->capacity();
  slow_down(rank(0), 4, clock_of(clock_));
  const Tensor tensor{*rank(0).device, DType::f32, {3}, Use::gradients};
  EXPECT_EQ(rank(0).device->name(), name);
  EXPECT_EQ(rank(0).device->capacity(), capacity);
  EXPECT_EQ(rank(0).device->account().of(Use::gradients).current, 12U);
}

TEST_F(SlowedTest, a_failing_kernel_fails_at_once) {
  slow_down(rank(0), 1000, clock_of(clock_));
  const auto stream = rank(0).device->make_compute_stream();
  EXPECT_THROW(stream->run({.name = "test", .cost = {}, .body = [] { throw RunError{"planted"}; }}), RunError);
  EXPECT_EQ(clock_.readings, 1);
}

TEST_F(SlowedTest, cannot_be_sped_up) { EXPECT_THROW(slow_down(rank(0), 0.5), InternalError); }

class SlowedWorldTest : public SlowedTest {
 protected:
  SlowedWorldTest() : SlowedTest{3} {}
};

// Neither the work of a collective nor the time that a rank waits in it is multiplied, in subgroups either.
TEST_F(SlowedWorldTest, collectives_are_at_full_speed) {
  slow_down(rank(1), 4, clock_of(clock_));
  on_every_rank(world_, [](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const Tensor values{*rank.device, DType::f32, {2}, Use::workspace};
    from_host<float>(*stream, std::vector<float>{1, 2}, values);
    rank.group->all_reduce(*stream, values);
    EXPECT_EQ(to_host<float>(*stream, values), (std::vector<float>{3, 6}));
    if (const auto pair = rank.group->first_ranks(2)) {
      pair->all_reduce(*stream, values);
      EXPECT_EQ(to_host<float>(*stream, values), (std::vector<float>{6, 12}));
      EXPECT_EQ(pair->traffic().of(Collective::all_reduce).calls, 1U);
    }
    EXPECT_EQ(rank.group->traffic().of(Collective::all_reduce).calls, 1U);
  });
  EXPECT_EQ(clock_.readings, 0);
}

TEST_F(SlowedWorldTest, other_devices_are_at_full_speed) {
  slow_down(rank(1), 4, clock_of(clock_));
  on_every_rank(world_, [this](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    if (rank.index != 1) stream->run({.name = "test", .cost = {}, .body = [] {}});
    EXPECT_EQ(clock_.readings, 0);
  });
}

// On the real clock, a lower bound only: the thread has computed for `factor` times what the kernel did.
TEST(ThreadProcessorTime, is_what_a_slowed_device_computes_for) {
  World world = cpu::open_world({.ranks = 1});
  slow_down(*world.ranks[0], 3);
  const auto stream = world.ranks[0]->device->make_compute_stream();
  constexpr Seconds body{0.002};
  const Seconds start = thread_processor_time();
  stream->run({.name = "test", .cost = {}, .body = [body] {
                 const Seconds end = thread_processor_time() + body;
                 while (thread_processor_time() < end) {
                 }
               }});
  EXPECT_GE(thread_processor_time() - start, 3 * body);
}

}  // namespace
}  // namespace lockstep
