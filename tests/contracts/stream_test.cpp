// What every stream and event must do.
#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/contracts/cpu_worlds.hpp"

namespace lockstep {
namespace {

enum class Kind { compute, side };

class StreamContract : public ::testing::TestWithParam<std::tuple<cpu::Order, Kind, double>> {
 protected:
  StreamContract() : world_{open_cpu(1, std::get<cpu::Order>(GetParam()), std::get<double>(GetParam()))} {}
  [[nodiscard]] Device& device() { return *world_.ranks[0]->device; }
  [[nodiscard]] std::unique_ptr<Stream> make_stream() {
    return std::get<Kind>(GetParam()) == Kind::compute ? device().make_compute_stream() : device().make_side_stream();
  }
  static Kernel kernel(std::function<void()> body) { return {.name = "test", .cost = {}, .body = std::move(body)}; }

 private:
  World world_;
};

TEST_P(StreamContract, keeps_the_order_of_the_calls) {
  const auto stream = make_stream();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) stream->run(kernel([&order, i] { order.push_back(i); }));
  stream->synchronize();
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_P(StreamContract, waits_for_an_event_of_another_stream) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    const auto producer = device().make_side_stream();
    const auto consumer = make_stream();
    int value = 0;
    int seen = -1;
    producer->run(kernel([&] {
      std::this_thread::yield();
      value = repeat + 1;
    }));
    consumer->wait(producer->record());
    consumer->run(kernel([&] { seen = value; }));
    consumer->synchronize();
    ASSERT_EQ(seen, repeat + 1);
  }
}

TEST_P(StreamContract, events_are_ordered_in_time) {
  const auto stream = make_stream();
  const Event start = stream->record();
  stream->run(kernel([] { std::this_thread::sleep_for(std::chrono::milliseconds{2}); }));
  const Event end = stream->record();
  EXPECT_GE((end - start).count(), 0.002) << "at least the kernel's known duration";
  EXPECT_EQ((start - start).count(), 0);
}

TEST_P(StreamContract, an_event_outlives_its_stream) {
  auto stream = make_stream();
  const Event start = stream->record();
  const Event end = stream->record();
  stream.reset();
  EXPECT_GE((end - start).count(), 0);
}

TEST_P(StreamContract, copies_between_host_and_device) {
  const auto stream = make_stream();
  const Tensor tensor{device(), DType::f32, {3}, Use::batch};
  const std::vector<float> host{1, 2, 3};
  from_host<float>(*stream, host, tensor);
  EXPECT_EQ(to_host<float>(*stream, tensor), host);
  EXPECT_THROW(from_host<float>(*stream, std::vector<float>{1}, tensor), InternalError);
}

TEST_P(StreamContract, a_kernels_failure_comes_out) {
  const auto stream = make_stream();
  bool ran_on = false;
  EXPECT_THROW(
      {
        stream->run(kernel([] { throw RunError{"planted"}; }));
        stream->run(kernel([&] { ran_on = true; }));
        stream->synchronize();
      },
      RunError);
  EXPECT_FALSE(ran_on);
}

INSTANTIATE_TEST_SUITE_P(Cpu, StreamContract,
                         ::testing::Combine(::testing::Values(cpu::Order::at_once, cpu::Order::deferred),
                                            ::testing::Values(Kind::compute, Kind::side),
                                            ::testing::Values(0.0, 1.0, 2.0)));  // slowed by so much

// The planted fault that the deferred order exists for: a host that reads without waiting sees old values, every time.
TEST(DeferredOrder, shows_a_missing_synchronize) {
  World world = cpu::open_world({.ranks = 1, .order = cpu::Order::deferred});
  const auto stream = world.ranks[0]->device->make_compute_stream();
  std::atomic<int> value{0};
  stream->run({.name = "test", .cost = {}, .body = [&] { value = 1; }});
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  EXPECT_EQ(value, 0);
  stream->synchronize();
  EXPECT_EQ(value, 1);
}

TEST(AtOnceOrder, computes_inline) {
  World world = cpu::open_world({.ranks = 1});
  const auto stream = world.ranks[0]->device->make_compute_stream();
  std::thread::id id;
  stream->run({.name = "test", .cost = {}, .body = [&] { id = std::this_thread::get_id(); }});
  EXPECT_EQ(id, std::this_thread::get_id());
}

}  // namespace
}  // namespace lockstep
