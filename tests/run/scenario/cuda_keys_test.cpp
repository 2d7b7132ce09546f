// On which GPUs, and how they communicate: run.backend, run.device_map, run.collectives, run.tf32, run.graphs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/scenario/dump.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using testing::cases_of;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names_of;
using testing::with;

std::string on_gpus(const std::string& lines, const std::string& devices = "2",
                    const std::string& backend = "\"cuda\"") {
  return with("devices", "devices = " + devices + "\nstrategy = \"ddp\"\nbackend = " + backend + "\n" + lines);
}

RunSpec run_of(const std::string& lines) { return cases_of(on_gpus(lines))[0].scenario.run; }

TEST(CudaKeys, SayWhichGpus) {
  const RunSpec plain = run_of("");
  EXPECT_TRUE(plain.is_on_gpus());
  EXPECT_THAT(plain.gpus_of(2), IsEmpty());
  EXPECT_EQ(plain.collectives, RunSpec::Collectives::automatic);
  EXPECT_FALSE(plain.tf32);
  EXPECT_TRUE(plain.graphs);
  const RunSpec chosen = run_of("device_map = [3, 1]\ncollectives = \"nccl\"");
  EXPECT_THAT(chosen.gpus_of(2), ElementsAre(3, 1));
  EXPECT_EQ(chosen.collectives, RunSpec::Collectives::nccl);
}

TEST(CudaKeys, TheFirstEntriesOfALongerMapCount) {
  const auto cases = cases_of(on_gpus("device_map = [0, 0, 1, 1]", "[1, 2, 4]"));
  EXPECT_THAT(names_of(cases), ElementsAre("s/devices=1", "s/devices=2", "s/devices=4"));
  EXPECT_THAT(cases[0].scenario.run.gpus_of(1), ElementsAre(0));
  EXPECT_THAT(cases[1].scenario.run.gpus_of(2), ElementsAre(0, 0));
}

TEST(CudaKeys, AreAxes) {
  EXPECT_THAT(names_of(cases_of(on_gpus("device_map = [[0, 1], [0, 0]]"))),
              ElementsAre("s/device_map=[0,1]", "s/device_map=[0,0]"));
  // What is for GPUs only repeats no case of the processor's.
  EXPECT_THAT(names_of(cases_of(on_gpus("collectives = [\"local\", \"nccl\"]", "2", "[\"cpu\", \"cuda\"]"))),
              ElementsAre("s/backend=cpu,collectives=local", "s/backend=cuda,collectives=local",
                          "s/backend=cuda,collectives=nccl"));
}

TEST(CudaKeys, NeedGpus) {
  for (const std::string line : {"device_map = [0, 0]", "collectives = \"local\"", "tf32 = true", "graphs = false"}) {
    const std::string error = error_of(on_gpus(line, "2", "\"cpu\""));
    EXPECT_THAT(error, HasSubstr("run." + line.substr(0, line.find(' ')) + ": has no effect"));
    EXPECT_THAT(error, HasSubstr("expected only with `run.backend` \"cuda\""));
  }
}

TEST(CudaKeys, WrongValues) {
  EXPECT_EQ(error_of(with("devices", "backend = \"gpu\"")),
            "s.toml:11:11: run.backend: unknown name, got \"gpu\"; expected \"cpu\" or \"cuda\"");
  const std::string expected = "; expected a list of 1 to 64 integers from 0 to 63";
  const auto error = [](const std::string& map) { return error_of(on_gpus("device_map = " + map)); };
  EXPECT_EQ(error("[0, -1]"), "s.toml:14:14: run.device_map: out of range, got -1" + expected);
  EXPECT_THAT(error("[0, 64]"), HasSubstr("run.device_map: out of range, got 64" + expected));
  EXPECT_THAT(error("[]"), HasSubstr("run.device_map: "));
  EXPECT_THAT(error("3"), HasSubstr("run.device_map: wrong type, got integer 3" + expected));
  EXPECT_THAT(error("[0, \"1\"]"), HasSubstr("run.device_map: wrong type, got string \"1\"" + expected));
  std::string ranks;
  for (int rank = 0; rank < 65; ++rank) ranks += "0, ";
  EXPECT_THAT(error("[" + ranks + "]"), HasSubstr("run.device_map: wrong length, got 65" + expected));
  EXPECT_THAT(error_of(on_gpus("", "65")), HasSubstr("run.devices: out of range, got 65"));
  EXPECT_THAT(error_of(on_gpus("collectives = \"NCCL\"")),
              HasSubstr("run.collectives: unknown name, got \"NCCL\"; expected \"automatic\", \"nccl\" or \"local\""));
  EXPECT_THAT(error_of(on_gpus("tf32 = 1")), HasSubstr("run.tf32: wrong type, got integer 1"));
}

TEST(CudaKeys, Contradictions) {
  EXPECT_EQ(error_of(on_gpus("device_map = [0]")),
            "s.toml:14:14: run.device_map: not a GPU for each device, got 1 for run.devices = 2; expected at least 2, "
            "of which the first 2 count");
  EXPECT_EQ(error_of(on_gpus("device_map = [0, 1, 1]\ncollectives = \"nccl\"", "[2, 3]")),
            "s.toml:14:14: run.device_map: NCCL refuses two ranks on one GPU, got GPU 1 for several with "
            "run.collectives = \"nccl\"; expected each GPU once, or run.collectives = \"local\" (in s/devices=3)");
  EXPECT_EQ(error_of(on_gpus("device_map = [0, 0]\ncollectives = \"local\"")), "");
  EXPECT_EQ(error_of(on_gpus("device_map = [0, 0]")), "");
  EXPECT_THAT(error_of(on_gpus("tf32 = true")),
              HasSubstr("run.tf32: TF32 rounds to 11 bits, too few for a comparison with f64, got true with family "
                        "\"equivalence\"; expected false"));
  EXPECT_EQ(error_of(with("family", "family = \"speedup\"", on_gpus("tf32 = true"))), "");
}

TEST(CudaKeys, ACollectiveOnItsOwnHasThemToo) {
  const auto collective = [](const std::string& lines) {
    return "schema = 1\nname = \"c\"\nfamily = \"communication\"\n[run]\nbackend = \"cuda\"\ndevices = 2\n" + lines +
           "\n[communication]\ncollective = \"all_reduce\"\n";
  };
  EXPECT_EQ(error_of(collective("device_map = [0, 0]\ncollectives = \"local\"")), "");
  EXPECT_THAT(error_of(collective("device_map = [0, 0]\ncollectives = \"nccl\"")), HasSubstr("NCCL refuses two ranks"));
  EXPECT_THAT(error_of(collective("device_map = [0]")), HasSubstr("not a GPU for each device"));
}

TEST(CudaKeys, WhoGoesOnNeedsGpusToo) {
  const std::string checkpoint = with("family", "family = \"checkpoint\"",
                                      with("widths", "widths = [8, 4, 2]\nactivation = \"tanh\"",
                                           on_gpus("device_map = [0, 0]\n[checkpoint]\nresume_devices = 3")));
  EXPECT_THAT(error_of(checkpoint), HasSubstr("not a GPU for each device, got 2 for run.devices = 3"));
}

TEST(CudaKeys, AreDumpedAndReadAgain) {
  const Case one = cases_of(on_gpus("device_map = [1, 0]\ncollectives = \"nccl\""))[0];
  const std::string dumped = dump_config(one);
  EXPECT_THAT(dumped, HasSubstr("backend = \"cuda\"\n"));
  EXPECT_THAT(dumped, HasSubstr("device_map = [1, 0]\ncollectives = \"nccl\"\ntf32 = false\ngraphs = true\n"));
  EXPECT_EQ(cases_of(dumped)[0].scenario.run, one.scenario.run);
  EXPECT_EQ(dump_config(cases_of(testing::valid_scenario())[0]).find("device_map"), std::string::npos);
}

// The value is that of the program before there were GPUs.
TEST(CudaKeys, LeaveTheHashesOfOtherScenariosAsTheyWere) {
  EXPECT_EQ(cases_of(testing::valid_scenario())[0].scenario.hash(), "9b860d0e09ce43fc");
  EXPECT_NE(cases_of(on_gpus(""))[0].scenario.hash(), cases_of(on_gpus("", "2", "\"cpu\""))[0].scenario.hash());
  EXPECT_NE(cases_of(on_gpus("device_map = [0, 0]"))[0].scenario.hash(), cases_of(on_gpus(""))[0].scenario.hash());
}

}  // namespace
}  // namespace lockstep
