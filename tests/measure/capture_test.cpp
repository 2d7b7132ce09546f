#include "harness/measure/capture.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {
namespace {

std::vector<float> floats(const std::vector<std::byte>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Tensor filled(Rank& rank, Stream& stream, const std::vector<float>& values) {
  Tensor tensor{*rank.device, DType::f32, {values.size()}, Use::workspace};
  from_host<float>(stream, values, tensor);
  return tensor;
}

class Capture : public ::testing::TestWithParam<cpu::Order> {
 protected:
  static constexpr int ranks = 3;

  /// What each rank's communicator captured of `work`.
  std::vector<CaptureLog> logs_of(const std::function<void(Rank&, Stream&)>& work) {
    World world = cpu::open_world({.ranks = ranks, .order = GetParam()});
    return results_of_every_rank<CaptureLog>(world, [&](Rank& rank) {
      const auto log = std::make_shared<CaptureLog>();
      rank.group = std::make_unique<CapturingCommunicator>(std::move(rank.group), log);
      const auto stream = rank.device->make_compute_stream();
      work(rank, *stream);
      stream->synchronize();
      return std::move(*log);
    });
  }
};

TEST_P(Capture, keeps_what_went_into_a_sum_and_what_came_out) {
  const auto logs = logs_of([](Rank& rank, Stream& stream) {
    const float value = static_cast<float>(rank.index + 1);
    const Tensor values = filled(rank, stream, {value, 10 * value});
    rank.group->all_reduce(stream, values);
    EXPECT_EQ(to_host<float>(stream, values), (std::vector<float>{6, 60})) << "the operation was passed on";
  });
  for (std::size_t rank = 0; rank < logs.size(); ++rank) {
    ASSERT_EQ(logs[rank].size(), 1U);
    const CapturedCall& call = logs[rank][0];
    const float value = static_cast<float>(rank + 1);
    EXPECT_EQ(call.kind, Collective::all_reduce);
    EXPECT_EQ(call.bytes, 2 * sizeof(float));
    EXPECT_EQ(call.ranks, ranks);
    EXPECT_EQ(call.dtype, DType::f32);
    EXPECT_EQ(floats(call.before), (std::vector<float>{value, 10 * value}));
    EXPECT_EQ(floats(call.after), (std::vector<float>{6, 60}));
  }
}

TEST_P(Capture, shows_that_a_reduce_changes_the_root_only) {
  const auto logs = logs_of([](Rank& rank, Stream& stream) {
    rank.group->reduce(stream, filled(rank, stream, {static_cast<float>(rank.index + 1)}), 1);
  });
  for (std::size_t rank = 0; rank < logs.size(); ++rank) {
    const CapturedCall& call = logs[rank].at(0);
    const std::vector<float> mine{static_cast<float>(rank + 1)};
    EXPECT_EQ(call.root, 1);
    EXPECT_EQ(floats(call.before), mine);
    EXPECT_EQ(floats(call.after), rank == 1 ? std::vector<float>{6} : mine);
  }
}

TEST_P(Capture, keeps_the_values_of_each_sum_apart) {
  const auto logs = logs_of([](Rank& rank, Stream& stream) {
    const Tensor values = filled(rank, stream, {1});
    for (int repeat = 0; repeat < 3; ++repeat) rank.group->all_reduce(stream, values);
  });
  for (const CaptureLog& log : logs) {
    ASSERT_EQ(log.size(), 3U);
    float expected = 1;
    for (const CapturedCall& call : log) {
      EXPECT_EQ(floats(call.before), std::vector{expected});
      expected *= ranks;
      EXPECT_EQ(floats(call.after), std::vector{expected});
    }
  }
}

TEST_P(Capture, notes_the_other_operations_without_their_values) {
  const std::vector<std::size_t> counts{2, 1, 0};
  const auto logs = logs_of([&](Rank& rank, Stream& stream) {
    const Tensor all = filled(rank, stream, {1, 2, 3});
    const Tensor piece = filled(rank, stream, std::vector<float>(counts[static_cast<std::size_t>(rank.index)]));
    const Tensor one = filled(rank, stream, {1});
    rank.group->broadcast(stream, all, 2);
    rank.group->scatter(stream, all, piece, counts, 0);
    rank.group->gather(stream, piece, all, counts, 0);
    rank.group->all_gather(stream, one, all);
    rank.group->barrier(stream);
  });
  const std::vector<std::pair<Collective, std::size_t>> expected{{Collective::broadcast, 12},
                                                                 {Collective::scatter, 12},
                                                                 {Collective::gather, 12},
                                                                 {Collective::all_gather, 12},
                                                                 {Collective::barrier, 0}};
  for (const CaptureLog& log : logs) {
    std::vector<std::pair<Collective, std::size_t>> found;
    for (const CapturedCall& call : log) {
      found.emplace_back(call.kind, call.bytes);
      EXPECT_TRUE(call.before.empty());
      EXPECT_TRUE(call.after.empty());
    }
    EXPECT_EQ(found, expected) << "the same S on every rank, in the order of the calls";
  }
}

TEST_P(Capture, notes_the_operations_of_subgroups) {
  const auto logs = logs_of([](Rank& rank, Stream& stream) {
    const auto pair = rank.group->first_ranks(2);
    EXPECT_EQ(pair != nullptr, rank.index < 2);
    rank.group->barrier(stream);
    if (pair) pair->all_reduce(stream, filled(rank, stream, {4}));
  });
  EXPECT_EQ(logs[2].size(), 1U) << "not in the subgroup";
  for (const std::size_t rank : {0U, 1U}) {
    ASSERT_EQ(logs[rank].size(), 2U);
    EXPECT_EQ(logs[rank][0].ranks, 3);
    EXPECT_EQ(logs[rank][1].ranks, 2);
    EXPECT_EQ(floats(logs[rank][1].after), std::vector<float>{8});
  }
}

TEST_P(Capture, counts_traffic_like_what_it_wraps) {
  logs_of([](Rank& rank, Stream& stream) {
    rank.group->all_reduce(stream, filled(rank, stream, {1, 2}));
    EXPECT_EQ(rank.group->traffic().of(Collective::all_reduce), (Traffic::Entry{1, 8}));
    EXPECT_EQ(rank.group->rank(), rank.index);
    EXPECT_EQ(rank.group->size(), ranks);
  });
}

TEST_P(Capture, passes_an_abort_on) {
  EXPECT_THROW(logs_of([](Rank& rank, Stream& stream) {
                 if (rank.index == 0) return rank.group->abort();
                 rank.group->barrier(stream);
                 stream.synchronize();
               }),
               RankError);
}

INSTANTIATE_TEST_SUITE_P(Cpu, Capture, ::testing::Values(cpu::Order::at_once, cpu::Order::deferred),
                         [](const auto& test) { return test.param == cpu::Order::at_once ? "at_once" : "deferred"; });

}  // namespace
}  // namespace lockstep
