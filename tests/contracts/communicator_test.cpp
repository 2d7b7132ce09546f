// What every communicator must do. Inputs are small integers that differ by rank and position, so that each result is
// exact and is compared by equality.
#include "harness/device/communicator.hpp"

#include <numeric>

#include "tests/contracts/worlds.hpp"

namespace lockstep {
namespace {

// Sizes around the slices' boundaries, vector widths and cache lines.
constexpr std::array<std::size_t, 12> sizes{0, 1, 3, 7, 15, 16, 17, 31, 33, 100, 1023, 40001};

float value_at(int rank, std::size_t position) {
  return static_cast<float>((rank + 1) * static_cast<int>(1 + position % 89));
}

template <typename T>
Tensor filled(Rank& rank, Stream& stream, std::size_t count) {
  std::vector<T> host(count);
  for (std::size_t i = 0; i < count; ++i) host[i] = static_cast<T>(value_at(rank.index, i));
  Tensor tensor{*rank.device, dtype_of<T>(), {count}, Use::workspace};
  from_host<T>(stream, host, tensor);
  return tensor;
}

/// Σ over ranks of value_at(rank, position).
float sum_at(int ranks, std::size_t position) {
  return value_at(0, position) * static_cast<float>(ranks * (ranks + 1) / 2);
}

class CommunicatorContract : public ::testing::TestWithParam<WorldCase> {
 protected:
  /// Runs `work` on every rank with a compute and with a side stream.
  void on_both_streams(const std::function<void(Rank&, Stream&)>& work) {
    World world = open(GetParam());
    on_every_rank(world, [&](Rank& rank) {
      const auto compute = rank.device->make_compute_stream();
      const auto side = rank.device->make_side_stream();
      work(rank, *compute);
      work(rank, *side);
    });
  }
};

TEST_P(CommunicatorContract, all_reduce_sums_in_place) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const std::size_t count : sizes) {
      const Tensor values = filled<float>(rank, stream, count);
      rank.group->all_reduce(stream, values);
      const auto result = to_host<float>(stream, values);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(result[i], sum_at(rank.group->size(), i)) << i << " of " << count;
    }
  });
}

TEST_P(CommunicatorContract, all_reduce_sums_doubles) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const Tensor values = filled<double>(rank, stream, 1001);
    rank.group->all_reduce(stream, values);
    const auto result = to_host<double>(stream, values);
    for (std::size_t i = 0; i < result.size(); ++i) ASSERT_EQ(result[i], sum_at(rank.group->size(), i));
  });
}

/// Small enough that every sum over 8 ranks is one of bfloat16's integers.
float small_value_at(int rank, std::size_t position) {
  return static_cast<float>((rank + 1) * static_cast<int>(1 + position % 7));
}

Tensor filled_with_small_values(Rank& rank, Stream& stream, std::size_t count) {
  std::vector<BFloat16> host;
  for (std::size_t i = 0; i < count; ++i) host.push_back(BFloat16{small_value_at(rank.index, i)});
  Tensor tensor{*rank.device, DType::bf16, {count}, Use::workspace};
  from_host<BFloat16>(stream, host, tensor);
  return tensor;
}

float sum_of_small_values_at(int ranks, std::size_t position) {
  return small_value_at(0, position) * static_cast<float>(ranks * (ranks + 1) / 2);
}

TEST_P(CommunicatorContract, all_reduce_sums_bfloat16) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const std::size_t count : sizes) {
      const Tensor values = filled_with_small_values(rank, stream, count);
      rank.group->all_reduce(stream, values);
      const auto result = to_host<BFloat16>(stream, values);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(float{result[i]}, sum_of_small_values_at(rank.group->size(), i)) << i << " of " << count;
    }
  });
}

TEST_P(CommunicatorContract, bfloat16_is_reduced_scattered_and_gathered_in_pieces) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const auto ranks = static_cast<std::size_t>(rank.group->size());
    constexpr std::size_t piece_size = 33;  // pieces begin between multiples of 4 bytes
    const Tensor all = filled_with_small_values(rank, stream, piece_size * ranks);
    const Tensor piece{*rank.device, DType::bf16, {piece_size}, Use::workspace};
    const Tensor gathered{*rank.device, DType::bf16, {piece_size * ranks}, Use::workspace};
    rank.group->reduce_scatter(stream, all, piece);
    rank.group->all_gather(stream, piece, gathered);
    const auto result = to_host<BFloat16>(stream, gathered);
    for (std::size_t i = 0; i < result.size(); ++i)
      ASSERT_EQ(float{result[i]}, sum_of_small_values_at(rank.group->size(), i)) << i;
  });
}

// 256 + 1 is 256 in bfloat16 when it is stored at once; summed in float, all ones but a last odd one count.
TEST_P(CommunicatorContract, bfloat16_is_summed_in_float_and_rounded_once) {
  on_both_streams([](Rank& rank, Stream& stream) {
    if (!rank.group->adds_in_rank_order()) return;
    const Tensor values{*rank.device, DType::bf16, {1000}, Use::workspace};
    from_host<BFloat16>(stream, std::vector(1000, BFloat16{rank.index == 0 ? 256.0F : 1.0F}), values);
    rank.group->all_reduce(stream, values);
    const BFloat16 expected{static_cast<float>(255 + rank.group->size())};
    for (const BFloat16 value : to_host<BFloat16>(stream, values)) ASSERT_EQ(value.bits, expected.bits);
  });
}

// 2^24 + 1 + 1 … depends on the order in float: only left to right in rank order gives this sum.
TEST_P(CommunicatorContract, all_reduce_adds_in_rank_order) {
  on_both_streams([](Rank& rank, Stream& stream) {
    if (!rank.group->adds_in_rank_order()) return;
    const std::size_t count = 1000;
    const auto term = [](int r) { return r == 0 ? 16777216.0F : 1.0F; };
    std::vector<float> host(count, term(rank.index));
    Tensor values{*rank.device, DType::f32, {count}, Use::workspace};
    from_host<float>(stream, host, values);
    rank.group->all_reduce(stream, values);
    float expected = term(0);
    for (int r = 1; r < rank.group->size(); ++r) expected += term(r);
    for (const float value : to_host<float>(stream, values)) ASSERT_EQ(value, expected);
  });
}

TEST_P(CommunicatorContract, reduce_sums_at_the_root_only) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const int root : {0, rank.group->size() - 1})
      for (const std::size_t count : sizes) {
        const Tensor values = filled<float>(rank, stream, count);
        rank.group->reduce(stream, values, root);
        const auto result = to_host<float>(stream, values);
        for (std::size_t i = 0; i < count; ++i)
          ASSERT_EQ(result[i], rank.index == root ? sum_at(rank.group->size(), i) : value_at(rank.index, i));
      }
  });
}

TEST_P(CommunicatorContract, broadcast_copies_the_root) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const int root : {0, rank.group->size() - 1})
      for (const std::size_t count : sizes) {
        const Tensor values = filled<float>(rank, stream, count);
        rank.group->broadcast(stream, values, root);
        const auto result = to_host<float>(stream, values);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(result[i], value_at(root, i));
      }
  });
}

/// Uneven pieces, some of them empty: 3, 0, 2, 3, 0, 2 …
std::vector<std::size_t> uneven_counts(int ranks) {
  std::vector<std::size_t> counts;
  for (int r = 0; r < ranks; ++r)
    counts.push_back(std::array<std::size_t, 3>{3, 0, 2}[static_cast<std::size_t>(r % 3)]);
  return counts;
}

TEST_P(CommunicatorContract, scatter_gives_each_rank_its_piece) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const auto counts = uneven_counts(rank.group->size());
    const auto mine = static_cast<std::size_t>(rank.index);
    const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const std::size_t begin = std::accumulate(counts.begin(), counts.begin() + rank.index, std::size_t{0});
    const int root = rank.group->size() - 1;
    const Tensor all = rank.index == root ? filled<float>(rank, stream, total) : Tensor{};
    const Tensor piece{*rank.device, DType::f32, {counts[mine]}, Use::workspace};
    rank.group->scatter(stream, all, piece, counts, root);
    const auto result = to_host<float>(stream, piece);
    for (std::size_t i = 0; i < counts[mine]; ++i) ASSERT_EQ(result[i], value_at(root, begin + i));
  });
}

TEST_P(CommunicatorContract, gather_joins_the_pieces_in_rank_order) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const auto counts = uneven_counts(rank.group->size());
    const std::size_t total = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    const int root = rank.group->size() - 1;
    const Tensor piece = filled<double>(rank, stream, counts[static_cast<std::size_t>(rank.index)]);
    const Tensor all = rank.index == root ? Tensor{*rank.device, DType::f64, {total}, Use::workspace} : Tensor{};
    rank.group->gather(stream, piece, all, counts, root);
    stream.synchronize();
    if (rank.index != root) return;
    const auto result = to_host<double>(stream, all);
    std::size_t position = 0;
    for (int r = 0; r < rank.group->size(); ++r)
      for (std::size_t i = 0; i < counts[static_cast<std::size_t>(r)]; ++i)
        ASSERT_EQ(result[position++], value_at(r, i));
    EXPECT_EQ(position, total);
  });
}

TEST_P(CommunicatorContract, all_gather_joins_the_pieces_everywhere) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const std::size_t count : sizes) {
      const Tensor piece = filled<float>(rank, stream, count);
      const Tensor all{
          *rank.device, DType::f32, {count * static_cast<std::size_t>(rank.group->size())}, Use::workspace};
      rank.group->all_gather(stream, piece, all);
      const auto result = to_host<float>(stream, all);
      for (std::size_t i = 0; i < result.size(); ++i)
        ASSERT_EQ(result[i], value_at(static_cast<int>(i / count), i % count));
    }
  });
}

TEST_P(CommunicatorContract, reduce_scatter_gives_each_rank_its_part_of_the_sum) {
  on_both_streams([](Rank& rank, Stream& stream) {
    for (const std::size_t count : sizes) {
      const Tensor all = filled<float>(rank, stream, count * static_cast<std::size_t>(rank.group->size()));
      const Tensor piece{*rank.device, DType::f32, {count}, Use::workspace};
      rank.group->reduce_scatter(stream, all, piece);
      const auto result = to_host<float>(stream, piece);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(result[i], sum_at(rank.group->size(), count * static_cast<std::size_t>(rank.index) + i));
    }
  });
}

TEST_P(CommunicatorContract, integers_move_but_do_not_sum) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const Tensor values = filled<std::int32_t>(rank, stream, 5);
    rank.group->broadcast(stream, values, 0);
    EXPECT_EQ(to_host<std::int32_t>(stream, values)[4], static_cast<std::int32_t>(value_at(0, 4)));
    EXPECT_THROW(rank.group->all_reduce(stream, values), InternalError);
    EXPECT_THROW(rank.group->reduce(stream, values, 0), InternalError);
  });
}

TEST_P(CommunicatorContract, operations_on_two_streams_match_by_the_order_of_the_calls) {
  World world = open(GetParam());
  on_every_rank(world, [](Rank& rank) {
    const auto side = rank.device->make_side_stream();
    const auto other = rank.device->make_side_stream();
    const Tensor a = filled<float>(rank, *side, 100);
    const Tensor b = filled<float>(rank, *other, 100);
    for (int repeat = 0; repeat < 100; ++repeat) {  // more than a meeting has slots
      rank.group->broadcast(*side, a, 0);
      rank.group->broadcast(*other, b, rank.group->size() - 1);
    }
    EXPECT_EQ(to_host<float>(*side, a)[7], value_at(0, 7));
    EXPECT_EQ(to_host<float>(*other, b)[7], value_at(rank.group->size() - 1, 7));
  });
}

TEST_P(CommunicatorContract, subgroups_meet_among_themselves) {
  World world = open(GetParam());
  on_every_rank(world, [](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    for (int count = rank.group->size(); count >= 1; --count) {
      const auto subgroup = rank.group->first_ranks(count);
      ASSERT_EQ(subgroup != nullptr, rank.index < count);
      if (!subgroup) continue;
      EXPECT_EQ(subgroup->size(), count);
      const Tensor values = filled<float>(rank, *stream, 50);
      subgroup->all_reduce(*stream, values);
      EXPECT_EQ(to_host<float>(*stream, values)[49], sum_at(count, 49));
    }
  });
}

TEST_P(CommunicatorContract, counts_calls_and_bytes) {
  on_both_streams([](Rank& rank, Stream& stream) {
    const auto ranks = static_cast<std::size_t>(rank.group->size());
    const Traffic before = rank.group->traffic();
    const Tensor values = filled<float>(rank, stream, 100);
    rank.group->all_reduce(stream, values);
    rank.group->all_reduce(stream, values);
    rank.group->broadcast(stream, values, 0);
    const Tensor all{*rank.device, DType::f32, {100 * ranks}, Use::workspace};
    rank.group->all_gather(stream, values, all);
    rank.group->reduce_scatter(stream, all, values);
    rank.group->gather(stream, values, rank.index == 0 ? all : Tensor{}, std::vector<std::size_t>(ranks, 100), 0);
    rank.group->barrier(stream);
    stream.synchronize();
    const Traffic traffic = rank.group->traffic() - before;
    EXPECT_EQ(traffic.of(Collective::all_reduce), (Traffic::Entry{2, 800}));
    EXPECT_EQ(traffic.of(Collective::broadcast), (Traffic::Entry{1, 400}));
    EXPECT_EQ(traffic.of(Collective::all_gather), (Traffic::Entry{1, 400 * ranks}));
    EXPECT_EQ(traffic.of(Collective::reduce_scatter), (Traffic::Entry{1, 400 * ranks}));
    EXPECT_EQ(traffic.of(Collective::gather), (Traffic::Entry{1, 400 * ranks}));
    EXPECT_EQ(traffic.of(Collective::barrier), (Traffic::Entry{1, 0}));
    EXPECT_EQ(traffic.of(Collective::reduce), (Traffic::Entry{0, 0}));
  });
}

TEST_P(CommunicatorContract, refuses_operands_that_do_not_fit) {
  World world = open(GetParam());
  on_every_rank(world, [](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const Tensor values = filled<float>(rank, *stream, 10);
    const std::vector<std::size_t> counts(static_cast<std::size_t>(rank.group->size()) + 1, 10);
    EXPECT_THROW(rank.group->scatter(*stream, values, values, counts, 0), InternalError);
    EXPECT_THROW(rank.group->gather(*stream, values, values, counts, 0), InternalError);
    EXPECT_THROW(rank.group->broadcast(*stream, values, rank.group->size()), InternalError);
    EXPECT_THROW(rank.group->all_gather(*stream, values, filled<float>(rank, *stream, 9)), InternalError);
  });
}

INSTANTIATE_TEST_SUITE_P(All, CommunicatorContract, ::testing::ValuesIn(all_worlds()), world_name);

TEST(CollectiveFormulas, bus_factors_are_those_of_nccl_tests) {
  EXPECT_DOUBLE_EQ(bus_factor(Collective::all_reduce, 4), 1.5);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::reduce_scatter, 4), 0.75);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::all_gather, 4), 0.75);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::broadcast, 4), 1);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::reduce, 4), 1);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::gather, 4), 0.75);
  EXPECT_DOUBLE_EQ(bus_factor(Collective::all_reduce, 1), 0);
  EXPECT_EQ(steps_of(Collective::all_reduce, 4), 6);
  EXPECT_EQ(steps_of(Collective::all_gather, 4), 3);
  EXPECT_EQ(steps_of(Collective::all_reduce, 1), 0);
}

}  // namespace
}  // namespace lockstep
