#include "harness/run/environment/processor.hpp"

#include "harness/run/environment/instructions.hpp"
#include "tests/run/environment/scoped_variable.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using testing::ScopedVariable;

class ProcessorFiles : public testing::FolderTest {
 protected:
  void write(const std::string& path, std::string_view content) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream{folder_ / path} << content;
  }
};

TEST_F(ProcessorFiles, ModelOnX86) {
  write("proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
        "model name\t: Intel(R) Xeon(R) Platinum 8480+\nstepping\t: 8\nmicrocode\t: 0x2b0004d0\n");
  EXPECT_EQ(describe_model(folder_), (Json{{"cpu", "Intel(R) Xeon(R) Platinum 8480+"},
                                           {"cpu_vendor", "GenuineIntel"},
                                           {"cpu_family", "6"},
                                           {"cpu_model", "143"},
                                           {"cpu_stepping", "8"},
                                           {"cpu_microcode", "0x2b0004d0"}}));
}

TEST_F(ProcessorFiles, ModelOnArm) {
  write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n");
  EXPECT_EQ(describe_model(folder_)["cpu"], "implementer 0x41, part 0xd40");
  EXPECT_EQ(describe_model(folder_)["cpu_vendor"], nullptr);
}

TEST_F(ProcessorFiles, ModelOfNobodyKnowsWhat) {
  EXPECT_EQ(describe_model(folder_)["cpu"], "unknown");
  EXPECT_EQ(describe_model(folder_)["cpu_microcode"], nullptr);
}

TEST_F(ProcessorFiles, ClockSettings) {
  write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3700000\n");
  write("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n");
  write("sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "powersave\n");
  write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  EXPECT_EQ(describe_clock_settings(folder_),
            (Json{{"cpu_max_clock_hz", 3'700'000'000}, {"governor", "powersave"}, {"boost", true}}));
  write("sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "performance\n");
  EXPECT_EQ(describe_clock_settings(folder_)["governor"], "performance, powersave");
}

TEST_F(ProcessorFiles, BoostAsIntelsDriverHasIt) {
  write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
  EXPECT_EQ(describe_clock_settings(folder_)["boost"], false);
  write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  EXPECT_EQ(describe_clock_settings(folder_)["boost"], true);
}

TEST_F(ProcessorFiles, ClockSettingsThatCannotBeRead) {
  const Json nothing{{"cpu_max_clock_hz", nullptr}, {"governor", nullptr}, {"boost", nullptr}};
  EXPECT_EQ(describe_clock_settings(folder_), nothing);
  write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "fast\n");
  write("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "\n");
  write("sys/devices/system/cpu/cpufreq/boost", "");
  EXPECT_EQ(describe_clock_settings(folder_), nothing);
}

// hwloc makes the machine up that this variable describes.
TEST(ProcessorTopology, OfTwoSocketsWithHyperThreads) {
  const ScopedVariable machine{"HWLOC_SYNTHETIC",
                               "pack:2 [numa(memory=1GB)] l3:2(size=32MB) l2:4(size=1MB) l1d:1(size=32KB) core:1 pu:2"};
  EXPECT_EQ(describe_topology(), (Json{{"sockets", 2},
                                       {"physical_cores", 16},
                                       {"logical_processors", 32},
                                       {"smt", true},
                                       {"numa_nodes", 2},
                                       {"l1d_bytes", 32'000},
                                       {"l1d_cores", 1},
                                       {"l2_bytes", 1'000'000},
                                       {"l2_cores", 1},
                                       {"l3_bytes", 32'000'000},
                                       {"l3_cores", 4}}));
}

TEST(ProcessorTopology, OfAMachineThatTellsLittle) {
  const ScopedVariable machine{"HWLOC_SYNTHETIC", "core:3 pu:1"};
  const Json topology = describe_topology();
  EXPECT_EQ(topology["sockets"], nullptr);
  EXPECT_EQ(topology["physical_cores"], 3);
  EXPECT_EQ(topology["smt"], false);
  EXPECT_EQ(topology["l3_bytes"], nullptr);
  EXPECT_EQ(topology["l3_cores"], nullptr);
}

TEST(Virtualisation, HypervisorsAreCalledByTheirNames) {
  EXPECT_EQ(hypervisor_name("KVMKVMKVM"), "KVM");
  EXPECT_EQ(hypervisor_name("Microsoft Hv"), "Hyper-V");
  EXPECT_EQ(hypervisor_name("VMwareVMware"), "VMware");
  EXPECT_EQ(hypervisor_name("NewNewNewNew"), "NewNewNewNew");
  EXPECT_EQ(hypervisor_name("\x1b\x1b"), "??");
  EXPECT_EQ(hypervisor_name("    "), "unknown");
}

TEST(Virtualisation, OfThisMachineIsWhatItsProcessorSays) {
  const std::optional<std::string> signature = hypervisor_signature();
  if (!signature)
    EXPECT_EQ(describe_virtualisation(), nullptr);
  else
    EXPECT_EQ(describe_virtualisation() == "none", signature->empty());
}

}  // namespace
}  // namespace lockstep
