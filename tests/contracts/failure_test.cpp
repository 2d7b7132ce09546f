// A rank that fails anywhere never leaves another waiting, and the first error comes out with rank, device and step.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "harness/device/cpu/cpu_world.hpp"
#include "tests/contracts/worlds.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Tensor ones(Rank& rank) {
  Tensor tensor{*rank.device, DType::f32, {100}, Use::workspace};
  from_host<float>(*rank.device->make_side_stream(), std::vector<float>(100, 1.0F), tensor);
  return tensor;
}

class FailureContract : public ::testing::TestWithParam<WorldCase> {
 protected:
  [[nodiscard]] int culprit() const { return GetParam().ranks - 1; }
  [[nodiscard]] std::string culprits_device() const { return open(GetParam()).ranks.back()->device->name(); }

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
  EXPECT_EQ(error.what(), fmt::format("rank {} ({}): planted", culprit(), culprits_device()));
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
  EXPECT_EQ(error.what(), fmt::format("rank {} ({}), step 3: planted", culprit(), culprits_device()));
}

TEST_P(FailureContract, in_a_kernel_before_a_collective_of_the_same_stream) {
  const RankError error = error_of([&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    stream->run({.name = "planted", .cost = {}, .body = [&](const auto&...) {
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
    side->run({.name = "planted", .cost = {}, .body = [&](const auto&...) {
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
    side->run({.name = "planted", .cost = {}, .body = [](const auto&...) { throw RunError{"planted"}; }});
    compute->wait(side->record());
    compute->synchronize();
    ADD_FAILURE() << "went on after a failed dependency";
  });
  EXPECT_THAT(error.what(), HasSubstr("planted"));
}

TEST_P(FailureContract, running_out_of_memory) {
  World world = open(GetParam(), 1000);
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
    EXPECT_EQ(error.cause().device(), culprits_device());
    EXPECT_EQ(error.cause().requested(), 4000U);
    EXPECT_EQ(error.cause().use(), Use::activations);
    EXPECT_EQ(error.cause().free(), 600U);
    EXPECT_EQ(error.what(), fmt::format("rank {} ({}): device {} is out of memory: requested 3.91 KiB (4000 bytes) for "
                                        "activations, free 600 B of 1000 B; in use: parameters 400 B",
                                        culprit(), culprits_device(), culprits_device()));
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

INSTANTIATE_TEST_SUITE_P(All, FailureContract, ::testing::ValuesIn(all_worlds()), world_name);

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

TEST_P(DesyncContract, a_rank_that_does_not_come_in_time_is_named) {
  // Time enough for the ranks that do come, on a machine that is busy with other things.
  World world = open(GetParam(), std::size_t{1} << 20, Seconds{0.3});
  try {
    on_every_rank(world, [&](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      rank.group->barrier(*stream);
      stream->synchronize();
      while (rank.index == 1 && !world.failure->get()) std::this_thread::yield();
      rank.group->all_reduce(*stream, ones(rank));
      stream->synchronize();
    });
    ADD_FAILURE() << "no error came out";
  } catch (const RankError& error) {
    EXPECT_EQ(error.code(), ExitCode::deadline);
    EXPECT_THAT(error.what(), HasSubstr("collective #1 (all_reduce of 100 F32 with root 0) is late: waited"));
    EXPECT_THAT(error.what(), HasSubstr("for rank 1"));
  }
}

TEST_P(DesyncContract, the_error_tells_every_ranks_last_collectives) {
  World world = open(GetParam());
  std::atomic<int> done = 0;
  try {
    on_every_rank(world, [&](Rank& rank) {
      const auto stream = rank.device->make_compute_stream();
      for (int i = 0; i < 20; ++i) rank.group->broadcast(*stream, ones(rank), 1);  // more than are kept
      stream->synchronize();
      const Tensor operand = ones(rank);
      ++done;
      while (done < rank.group->size()) std::this_thread::yield();
      if (rank.index == 0) throw RunError{"planted"};
      rank.group->all_reduce(*stream, operand);
      stream->synchronize();
    });
    ADD_FAILURE() << "no error came out";
  } catch (const RankError& error) {
    ASSERT_EQ(error.last_collectives().size(), static_cast<std::size_t>(GetParam().ranks));
    for (std::size_t rank = 0; rank < error.last_collectives().size(); ++rank) {
      const std::vector<CollectiveRecord>& last = error.last_collectives()[rank];
      ASSERT_EQ(last.size(), 16U);
      EXPECT_EQ(last.back().sequence, rank == 0 ? 19U : 20U);
      EXPECT_EQ(last.back().kind, rank == 0 ? Collective::broadcast : Collective::all_reduce);
      EXPECT_EQ(last.back().root, rank == 0 ? 1 : 0);
      EXPECT_EQ(last.back().bytes, 400U);
      EXPECT_NE(last[0].state, CollectiveRecord::State::entered);
    }
  }
}

std::vector<WorldCase> several_ranks() {
  std::vector<WorldCase> worlds = all_worlds();
  std::erase_if(worlds, [](const WorldCase& world) { return world.ranks == 1; });
  return worlds;
}

INSTANTIATE_TEST_SUITE_P(All, DesyncContract, ::testing::ValuesIn(several_ranks()), world_name);

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
