// Every planted fault is found with every seed, by name; the program without one is clean.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/fakecuda/run_trainer.hpp"

namespace fakecuda_tests {
namespace {

using ::testing::HasSubstr;

constexpr const char* orders[] = {"shared", "tracked"};

Ran run(const std::vector<std::string>& arguments, int seed, const char* order, const char* mode = "deferred") {
  return run_trainer(
      arguments, {{"FAKECUDA_SEED", std::to_string(seed)}, {"FAKECUDA_HOST_ORDER", order}, {"FAKECUDA_MODE", mode}});
}

struct Fault {
  std::string hosts;
  std::string name;
  std::string finding;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.hosts << " " << fault.name; }

class PlantedFault : public ::testing::TestWithParam<Fault> {};

TEST_P(PlantedFault, IsFoundWithEverySeed) {
  const Fault& fault = GetParam();
  for (int seed = 1; seed <= 20; ++seed) {
    const Ran ran = run({fault.hosts, fault.name}, seed, fault.hosts == "threads" ? "tracked" : "shared");
    ASSERT_EQ(ran.code, 77) << "seed " << seed << "\n" << ran.text;
    ASSERT_THAT(ran.text, HasSubstr("fakecuda: finding: " + fault.finding)) << "seed " << seed;
  }
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) { return info.param.hosts + "_" + info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    OneThread, PlantedFault,
    ::testing::Values(
        Fault{"one", "no_wait_for_gradient", "race: "}, Fault{"one", "no_wait_for_reduction", "race: "},
        Fault{"one", "waits_before_record", "event never recorded"}, Fault{"one", "staging_reused", "race: "},
        Fault{"one", "result_read_early", "race: "}, Fault{"one", "default_stream", "race: "},
        Fault{"one", "one_output_for_all", "race: "}, Fault{"one", "gradient_of_other_rank", "wrong device: 'update'"},
        Fault{"one", "no_group", "missing group"}, Fault{"one", "wait_in_group", "wait in group"},
        Fault{"one", "bucket_order", "mismatch: operation 1 of"}, Fault{"one", "count", "mismatch: operation 1 of"},
        Fault{"one", "dtype", "mismatch: operation 1 of"}, Fault{"one", "op", "mismatch: operation 1 of"},
        Fault{"one", "wrong_root", "mismatch: operation 0 of"}, Fault{"one", "rank_skips", "mismatch: operation 1 of"},
        Fault{"one", "rank_stops", "hang: every thread waits"}, Fault{"one", "freed_on_other_stream", ""},
        Fault{"one", "forgotten_set_device", "wrong device: "}, Fault{"one", "wrong_stream", "wrong device: "},
        Fault{"one", "host_buffer", "wrong buffer: "}, Fault{"one", "event_of_other_device", "wrong device: "},
        Fault{"one", "event_not_recorded", "event never recorded"},
        Fault{"one", "host_touches_device", "host access: "}, Fault{"one", "uninitialised_weights", "uninitialised: "},
        Fault{"one", "memory_freed_early", "use after free: "}, Fault{"one", "freed_twice", "double free: "},
        Fault{"one", "copy_beyond_end", "out of bounds: "}, Fault{"one", "kernel_out_of_bounds", "out of bounds: "},
        Fault{"one", "copy_direction", "copy direction: "}, Fault{"one", "launch_unchecked", "unchecked launch: "},
        Fault{"one", "leaked_memory", "leak: memory"}, Fault{"one", "leaked_stream", "leak: device 1, stream"},
        Fault{"one", "leaked_event", "leak: 1 events"}, Fault{"one", "leaked_communicator", "leak: communicator"},
        Fault{"one", "destroyed_communicator", "use after destroy: "},
        Fault{"child", "no_wait_for_reduction", "race: "}, Fault{"child", "leaked_memory", "leak: memory"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Threads, PlantedFault,
    ::testing::Values(Fault{"threads", "no_wait_for_gradient", "race: "},
                      Fault{"threads", "no_wait_for_reduction", "race: "},
                      Fault{"threads", "result_read_early", "race: write by 'cudaMemcpyAsync from device to host'"},
                      Fault{"threads", "one_output_for_all", "race: "}, Fault{"threads", "staging_reused", "race: "},
                      Fault{"threads", "gradient_of_other_rank", "wrong device: 'update'"},
                      Fault{"threads", "count", "mismatch: operation 1 of"},
                      Fault{"threads", "bucket_order", "mismatch: operation 1 of"},
                      Fault{"threads", "rank_skips", "mismatch: "},
                      Fault{"threads", "rank_stops", "hang: every thread waits"},
                      Fault{"threads", "rank_never_comes", "hang: every thread waits"},
                      Fault{"shared", "communicator", "communicator shared: "}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Graph, PlantedFault,
    ::testing::Values(Fault{"graph", "stale_address", "use after free: "}, Fault{"graph", "staging_reused", "race: "},
                      Fault{"graph", "no_wait_for_graph", "race: "},
                      Fault{"graph", "waits_in_capture", "capture: cudaStreamSynchronize of"},
                      Fault{"graph", "allocates_in_capture", "capture: cudaMalloc is not seen"},
                      Fault{"graph", "device_waited_for", "capture: cudaDeviceSynchronize includes"},
                      Fault{"graph", "waits_for_outside", "capture: cudaStreamWaitEvent: "},
                      Fault{"graph", "never_ended", "capture: device 0, stream"},
                      Fault{"graph", "leaked_graph", "leak: graph of 3 operations"},
                      Fault{"graph", "leaked_executable", "leak: executable graph of 3 operations"},
                      Fault{"graph", "destroyed_executable", "use after destroy: cudaGraphLaunch"}),
    name_of);

TEST(CorrectTraining, HasNoFindingInFiftySeeds) {
  for (int seed = 1; seed <= 50; ++seed)
    for (const char* hosts : {"one", "threads", "child", "graph"}) {
      const Ran ran = run({hosts}, seed, orders[seed % 2]);
      ASSERT_EQ(ran.code, 0) << hosts << ", seed " << seed << "\n" << ran.text;
      ASSERT_EQ(ran.text, "") << hosts << ", seed " << seed;
    }
}

TEST(CorrectTraining, HasNoFindingInEagerMode) {
  for (const char* hosts : {"one", "threads", "child", "graph"}) {
    const Ran ran = run({hosts}, 1, "shared", "eager");
    EXPECT_EQ(ran.code, 0) << hosts << "\n" << ran.text;
  }
}

}  // namespace
}  // namespace fakecuda_tests
