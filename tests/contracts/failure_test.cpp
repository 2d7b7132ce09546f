// A rank that fails anywhere never leaves another waiting, and the first error comes out with rank, device and step.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/contracts/worlds.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Tensor ones(Rank& rank) {
  Tensor tensor{*rank.device, DType::f32, {100}, Use::workspace};
  std::ranges::fill(tensor.values<float>(), 1.0F);
  return tensor;
}

class FailureContract : public ::testing::TestWithParam<WorldCase> {
 protected:
  [[nodiscard]] int culprit() const { return GetParam().ranks - 1; }

  /// The error of a world in which `work` runs on every rank.
  RankError error_of(const std::function<void(Rank&)>& work) {
    World world = open(GetParam());
    try {
      on_every_rank(world, work);
    } catch (const RankError& error) {
      return error;
    }
    ADD_FAILURE() << "no error came out";
    return {ExitCode::passed, -1, ""};
  }
};

TEST_P(FailureContract, before_the_first_collective) {
  const RankError error = error_of([&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    if (rank.index == culprit()) throw RunError{"planted"};
    rank.group->all_reduce(*stream, ones(rank));
    stream->synchronize();
  });
  EXPECT_EQ(error.rank(), culprit());
  EXPECT_EQ(error.code(), ExitCode::runtime);
  EXPECT_EQ(error.what(), fmt::format("rank {} (cpu:{}): planted", culprit(), culprit()));
}

TEST_P(FailureContract, between_collectives_of_a_later_step) {
  const RankError error = error_of([&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    for (rank.step = 0; rank.step < 5; ++rank.step) {
      rank.group->all_reduce(*stream, ones(rank));
      if (rank.index == culprit() && rank.step == 3) throw std::runtime_error{"planted"};
      rank.group->barrier(*stream);
      stream->synchronize();
    }
  });
  EXPECT_EQ(error.what(), fmt::format("rank {} (cpu:{}), step 3: planted", culprit(), culprit()));
}

TEST_P(FailureContract, in_a_kernel_before_a_collective_of_the_same_stream) {
  const RankError error = error_of([&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    stream->run({.name = "planted", .cost = {}, .cpu = [&] {
                   if (rank.index == culprit()) throw RunError{"planted"};
                 }});
    rank.group->all_reduce(*stream, ones(rank));
    stream->synchronize();
  });
  EXPECT_EQ(error.rank(), culprit());
  EXPECT_THAT(error.what(), HasSubstr("planted"));
}

// The rank's own thread waits for its peers in another operation and cannot notice by itself.
TEST_P(FailureContract, in_a_side_stream_while_the_rank_waits_elsewhere) {
  const RankError error = error_of([&](Rank& rank) {
    const auto compute = rank.device->make_compute_stream();
    const auto side = rank.device->make_side_stream();
    side->run({.name = "planted", .cost = {}, .cpu = [&] {
                 if (rank.index == culprit()) throw RunError{"planted"};
               }});
    rank.group->all_reduce(*side, ones(rank));
    compute->wait(side->record());
    rank.group->barrier(*compute);
    compute->synchronize();
  });
  EXPECT_EQ(error.rank(), culprit());
  EXPECT_THAT(error.what(), HasSubstr("planted"));
}

TEST_P(FailureContract, a_failed_side_stream_fails_whoever_waits_for_its_event) {
  const RankError error = error_of([&](Rank& rank) {
    const auto compute = rank.device->make_compute_stream();
    const auto side = rank.device->make_side_stream();
    side->run({.name = "planted", .cost = {}, .cpu = [] { throw RunError{"planted"}; }});
    compute->wait(side->record());
    compute->synchronize();
    ADD_FAILURE() << "went on after a failed dependency";
  });
  EXPECT_THAT(error.what(), HasSubstr("planted"));
}

TEST_P(FailureContract, running_out_of_memory) {
  World world = cpu::open_world({.ranks = GetParam().ranks, .capacity = 1000, .order = GetParam().order});
  try {
    on_every_rank(world, [&](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      const Tensor small{*rank.device, DType::f32, {100}, Use::parameters};
      if (rank.index == culprit()) Tensor(*rank.device, DType::f32, {1000}, Use::activations);
      rank.group->barrier(*stream);
      stream->synchronize();
    });
    ADD_FAILURE() << "no error came out";
  } catch (const RankOutOfMemory& error) {
    EXPECT_EQ(error.code(), ExitCode::runtime);
    EXPECT_EQ(error.cause().device(), fmt::format("cpu:{}", culprit()));
    EXPECT_EQ(error.cause().requested(), 4000U);
    EXPECT_EQ(error.cause().use(), Use::activations);
    EXPECT_EQ(error.cause().free(), 600U);
    EXPECT_EQ(error.what(),
              fmt::format("rank {0} (cpu:{0}): device cpu:{0} is out of memory: requested 3.91 KiB (4000 bytes) for "
                          "activations, free 600 B of 1000 B; in use: parameters 400 B",
                          culprit()));
  }
}

TEST_P(FailureContract, several_ranks_fail_and_one_error_comes_out) {
  const RankError error = error_of([&](Rank&) { throw RunError{"planted"}; });
  EXPECT_THAT(error.what(), HasSubstr("planted"));
}

// The peers wait with their operands in the group's hands when the culprit gives up, on both kinds of stream and in a
// subgroup.
TEST_P(FailureContract, recovery_gives_the_memory_back_and_the_devices_work_again) {
  World world = open(GetParam());
  const auto fail = [&](Rank& rank) {
    const auto compute = rank.device->make_compute_stream();
    const auto side = rank.device->make_side_stream();
    const auto subgroup = rank.group->first_ranks(rank.group->size());
    subgroup->all_reduce(*compute, ones(rank));
    if (rank.index == culprit()) throw RunError{"planted"};
    rank.group->all_reduce(*side, ones(rank));
    subgroup->all_reduce(*compute, ones(rank));
    compute->synchronize();
  };
  for (int repeat = 0; repeat < 3; ++repeat) {
    EXPECT_THROW(on_every_rank(world, fail), RankError);
    recover(world);
    for (const auto& rank : world.ranks) {
      EXPECT_EQ(rank->device->account().total.current, 0U) << rank->device->name();
      EXPECT_EQ(rank->step, -1);
    }
    on_every_rank(world, [&](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      const Tensor tensor = ones(rank);
      rank.group->all_reduce(*stream, tensor);
      EXPECT_EQ(to_host<float>(*stream, tensor)[99], static_cast<float>(GetParam().ranks));
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, FailureContract, ::testing::ValuesIn(all_worlds()), world_name);

class DesyncContract : public ::testing::TestWithParam<WorldCase> {};

TEST_P(DesyncContract, a_rank_that_skips_a_collective_is_named) {
  World world = open(GetParam());
  try {
    on_every_rank(world, [](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      rank.group->barrier(*stream);
      if (rank.index != 1) rank.group->all_reduce(*stream, ones(rank));
      stream->synchronize();
    });
    ADD_FAILURE() << "no error came out";
  } catch (const RankError& error) {
    EXPECT_THAT(
        error.what(),
        HasSubstr("collective #1 (all_reduce of 100 F32 with root 0) cannot be completed: rank 1 finished without it"));
  }
}

TEST_P(DesyncContract, different_operations_at_the_same_place_are_named) {
  const auto differ = [&](const std::function<void(Rank&, Stream&)>& call) -> std::string {
    World world = open(GetParam());
    try {
      on_every_rank(world, [&](Rank& rank) {
        const auto stream = rank.device->make_compute_stream();
        call(rank, *stream);
        stream->synchronize();
      });
    } catch (const RankError& error) {
      return error.what();
    }
    return "no error came out";
  };
  EXPECT_THAT(differ([](Rank& rank, Stream& stream) {
                if (rank.index == 1) return rank.group->barrier(stream);
                rank.group->all_reduce(stream, ones(rank));
              }),
              HasSubstr("rank 1 calls barrier"));
  EXPECT_THAT(differ([](Rank& rank, Stream& stream) {
                rank.group->all_reduce(stream,
                                       ones(rank).view(0, {rank.index == 1 ? std::size_t{99} : std::size_t{100}}));
              }),
              HasSubstr("rank 1 calls all_reduce of 99 F32"));
  EXPECT_THAT(
      differ([](Rank& rank, Stream& stream) { rank.group->broadcast(stream, ones(rank), rank.index == 1 ? 1 : 0); }),
      HasSubstr("with root 1"));
}

std::vector<WorldCase> several_ranks() {
  std::vector<WorldCase> worlds = all_worlds();
  std::erase_if(worlds, [](const WorldCase& world) { return world.ranks == 1; });
  return worlds;
}

INSTANTIATE_TEST_SUITE_P(Cpu, DesyncContract, ::testing::ValuesIn(several_ranks()), world_name);

TEST(World, results_come_in_rank_order) {
  World world = cpu::open_world({.ranks = 4});
  const auto results = results_of_every_rank<int>(world, [](Rank& rank) { return 10 * rank.index; });
  EXPECT_EQ(results, (std::vector{0, 10, 20, 30}));
}

TEST(World, may_be_used_again) {
  World world = cpu::open_world({.ranks = 3});
  for (int repeat = 0; repeat < 3; ++repeat)
    on_every_rank(world, [](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      const Tensor values = ones(rank);
      rank.group->all_reduce(*stream, values);
      EXPECT_EQ(to_host<float>(*stream, values)[0], 3);
    });
}

TEST(World, an_abort_from_outside_is_an_error_too) {
  World world = cpu::open_world({.ranks = 2});
  world.ranks[0]->group->abort();
  EXPECT_THROW(on_every_rank(world,
                             [](Rank& rank) {
                               const auto stream = rank.device->make_compute_stream();
                               if (rank.index == 0) rank.group->barrier(*stream);
                             }),
               RankError);
}

}  // namespace
}  // namespace lockstep
