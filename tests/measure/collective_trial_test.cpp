#include "harness/measure/collective_trial.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <thread>

#include "harness/base/units.hpp"
#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/faulty_communicator.hpp"

namespace lockstep {
namespace {

constexpr std::array kinds{Collective::all_reduce,    Collective::reduce, Collective::broadcast,
                           Collective::scatter,       Collective::gather, Collective::all_gather,
                           Collective::reduce_scatter};
constexpr std::array placements{Placement::out_of_place, Placement::in_place};

std::string describe(const CollectiveShape& shape, int ranks) {
  return fmt::format("{} of {} bytes on {} ranks, {}", name_of(shape.kind), shape.bytes, ranks,
                     shape.placement == Placement::in_place ? "in place" : "out of place");
}

/// Elements that the ranks' results have together.
std::size_t elements_of_results(Collective kind, std::size_t elements, std::size_t ranks) {
  const std::size_t whole = has_pieces(kind) ? elements / ranks * ranks : elements;
  const bool once = kind == Collective::scatter || kind == Collective::gather || kind == Collective::reduce_scatter;
  return once ? whole : whole * ranks;
}

TEST(CompareCollective, finds_every_element_right) {
  for (const int ranks : {1, 2, 3, 4, 7}) {
    World world = cpu::open_world({.ranks = ranks});
    for (const Collective kind : kinds)
      for (const Placement placement : placements) {
        const CollectiveShape shape{kind, 4 * KiB, placement};
        SCOPED_TRACE(describe(shape, ranks));
        const ComparedElements comparison = compare_collective(world, shape);
        EXPECT_EQ(comparison.wrong, 0U);
        EXPECT_EQ(comparison.compared, elements_of_results(kind, KiB, static_cast<std::size_t>(ranks)));
      }
  }
}

TEST(CompareCollective, waits_for_streams_that_run_late) {
  World world = cpu::open_world({.ranks = 2, .order = cpu::Order::deferred});
  for (const Collective kind : kinds) EXPECT_EQ(compare_collective(world, {kind, KiB, Placement::in_place}).wrong, 0U);
}

TEST(CompareCollective, sums_of_the_most_ranks_are_exact) {
  World world = cpu::open_world({.ranks = 64});
  // As many elements as there are distinct contributions, so that the largest sum is among them.
  EXPECT_EQ(compare_collective(world, {Collective::reduce_scatter, 4 * std::size_t{131072}, Placement::in_place}).wrong,
            0U);
}

struct Planted {
  std::string_view name;
  std::vector<Collective> kinds;
  std::vector<int> ranks;
  FaultyCall fault;
};

const std::vector<Collective>& sums() {
  static const std::vector<Collective> list{Collective::all_reduce, Collective::reduce, Collective::reduce_scatter};
  return list;
}

std::vector<Planted> faults() {
  const std::vector<Collective> all{kinds.begin(), kinds.end()};
  const std::vector<Collective> with_peers_parts{Collective::all_reduce, Collective::reduce, Collective::gather,
                                                 Collective::all_gather, Collective::reduce_scatter};
  const std::vector<Collective> with_result_on_rank_1{Collective::all_reduce, Collective::broadcast,
                                                      Collective::scatter, Collective::all_gather,
                                                      Collective::reduce_scatter};
  return {
      {"a rank is left out", with_peers_parts, {1}, damaged_contribution(zero_all)},
      {"a rank's part has the wrong sign", with_peers_parts, {1}, damaged_contribution(negate_all)},
      {"a rank's part is a mean", sums(), {1}, damaged_contribution(scale_all(1.0 / 2))},
      {"a rank's part is one element off", with_peers_parts, {1}, damaged_contribution(shift_by_one)},
      {"the root sends what is one element off",
       {Collective::broadcast, Collective::scatter},
       {0},
       damaged_contribution(shift_by_one)},
      {"a rank keeps what it had", with_result_on_rank_1, {1}, damaged_result(keep_old)},
      {"a rank keeps its last element", with_result_on_rank_1, {1}, damaged_result(keep_old_tail)},
      {"one element is lost", with_result_on_rank_1, {1}, damaged_result(lose_largest)},
      {"one element is not a number", with_result_on_rank_1, {1}, damaged_result(poison_first)},
      {"the last bit of one element", with_result_on_rank_1, {1}, damaged_result(flip_bit_of_largest(0))},
      {"values pass through bf16", with_result_on_rank_1, {1}, damaged_result(truncate_to_bf16)},
      {"nothing is done", all, {0, 1, 2}, skipped()},
      {"two pieces change places", {Collective::scatter, Collective::gather}, {0}, exchanged_pieces()},
      {"a piece goes out twice", {Collective::scatter}, {0}, duplicated_piece()},
  };
}

TEST(CompareCollective, catches_planted_faults) {
  for (const Planted& planted_fault : faults())
    for (const Collective kind : planted_fault.kinds)
      for (const Placement placement : placements) {
        constexpr int ranks = 3;
        const CollectiveShape shape{kind, 4 * KiB, placement};
        SCOPED_TRACE(fmt::format("{}: {}", planted_fault.name, describe(shape, ranks)));
        World world = cpu::open_world({.ranks = ranks});
        const auto fired = std::make_shared<FiredCount>();
        for (auto& rank : world.ranks)
          rank->group = planted(std::move(rank->group), {{{kind}, planted_fault.ranks}, planted_fault.fault}, fired);
        EXPECT_GT(compare_collective(world, shape).wrong, 0U);
        EXPECT_GT(fired->acted, 0);
      }
}

TEST(CompareCollective, a_sum_formed_twice_is_wrong_in_place) {
  World world = cpu::open_world({.ranks = 2});
  const auto fired = std::make_shared<FiredCount>();
  for (auto& rank : world.ranks)
    rank->group = planted(std::move(rank->group), {{{Collective::all_reduce}, {0, 1}}, repeated()}, fired);
  EXPECT_EQ(compare_collective(world, {Collective::all_reduce, KiB, Placement::in_place}).wrong, 2 * KiB / 4);
}

TEST(CollectiveOperation, needs_an_element_for_every_rank) {
  World world = cpu::open_world({.ranks = 3});
  EXPECT_THROW(compare_collective(world, {Collective::scatter, 8, Placement::in_place}), Error);
  World again = cpu::open_world({.ranks = 3});
  EXPECT_THROW(compare_collective(again, {Collective::barrier, KiB, Placement::in_place}), Error);
}

TEST(TimeCollective, gives_one_time_for_each_iteration_after_the_warm_up) {
  World world = cpu::open_world({.ranks = 2});
  const auto fired = std::make_shared<FiredCount>();
  for (auto& rank : world.ranks)
    rank->group = planted(std::move(rank->group), {{{Collective::gather}, {0}}, followed_by([] {})}, fired);
  const std::vector<double> times =
      time_collective(world, {Collective::gather, KiB, Placement::out_of_place}, {.warmup = 3, .iterations = 5});
  EXPECT_EQ(fired->acted, 8);
  ASSERT_EQ(times.size(), 5U);
  for (const double seconds : times) EXPECT_GT(seconds, 0);
  EXPECT_EQ(time_copies(world, KiB, {.warmup = 1, .iterations = 4}).size(), 4U);
}

TEST(TimeCollective, is_the_longest_over_the_ranks) {
  using std::chrono_literals::operator""ms;
  World world = cpu::open_world({.ranks = 3});
  const auto fired = std::make_shared<FiredCount>();
  // Rank 1 alone takes 20 ms more, in the second iteration.
  const Plant plant{{{Collective::all_reduce}, {1}, 1, 0}, followed_by([] { std::this_thread::sleep_for(20ms); })};
  for (auto& rank : world.ranks) rank->group = planted(std::move(rank->group), plant, fired);
  const std::vector<double> times =
      time_collective(world, {Collective::all_reduce, KiB, Placement::in_place}, {.warmup = 0, .iterations = 3});
  EXPECT_EQ(fired->acted, 1);
  EXPECT_GT(times.at(1), 0.020);
}

}  // namespace
}  // namespace lockstep
