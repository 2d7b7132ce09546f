#include "harness/run/environment/system_description.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {
namespace {

const Json tool{{"version", "1.2.3"}, {"compiler", "GNU 12.2.0"}};

Json gpu(const char* connections, int links) {
  return {{"name", "H100"},
          {"memory_bytes", 80ULL << 30},
          {"max_sm_clock_hz", 1'980'000'000},
          {"pcie_generation", 5},
          {"pcie_width", 16},
          {"nvlinks", links},
          {"nvlink_version", 4},
          {"connections", connections}};
}

Json machine(const Json& gpus) {
  return {{"hardware",
           {{"cpu", "AMD EPYC 7742"},
            {"cores", 3},
            {"sockets", 2},
            {"physical_cores", 128},
            {"logical_processors", 256},
            {"l1d_bytes", 32'768},
            {"l1d_cores", 1},
            {"l3_bytes", 16'777'216},
            {"l3_cores", 4},
            {"cpu_max_clock_hz", 3'400'000'000},
            {"memory_bytes", 1ULL << 40},
            {"gpus", gpus}}},
          {"software",
           {{"os", "Debian 12"}, {"kernel", "Linux 6.1"}, {"openblas", "0.3.21"}, {"nvidia_driver", "550.54"}}}};
}

TEST(SystemDescription, OfTheHost) {
  const Json description = mlperf_system_description(tool, machine(Json::array()));
  EXPECT_EQ(description["number_of_nodes"], 1);
  EXPECT_EQ(description["host_processor_model_name"], "AMD EPYC 7742");
  EXPECT_EQ(description["host_processors_per_node"], 2);
  EXPECT_EQ(description["host_processor_core_count"], 64) << "of one processor";
  EXPECT_EQ(description["host_processor_vcpu_count"], 256);
  EXPECT_EQ(description["host_processor_frequency"], "3.40 GHz");
  EXPECT_EQ(description["host_processor_caches"], "L1d 32.0 KiB per core, L3 16.0 MiB per 4 cores");
  EXPECT_EQ(description["host_memory_capacity"], "1.00 TiB");
  EXPECT_EQ(description["operating_system"], "Debian 12");
  EXPECT_EQ(description["framework"], "Lockstep 1.2.3");
  EXPECT_EQ(description["other_software_stack"], "GNU 12.2.0, OpenBLAS 0.3.21, NVIDIA driver 550.54, Linux 6.1");
}

TEST(SystemDescription, WithoutAccelerators) {
  const Json description = mlperf_system_description(tool, machine(Json::array()));
  EXPECT_EQ(description["accelerators_per_node"], 0);
  std::size_t fields = 0;
  for (const auto& [name, value] : description.items()) {
    if (!name.starts_with("accelerator_")) continue;
    EXPECT_EQ(value, "N/A") << name;
    ++fields;
  }
  EXPECT_EQ(fields, 8u);
}

TEST(SystemDescription, OfAccelerators) {
  const Json description =
      mlperf_system_description(tool, machine(Json::array({gpu("X NV12", 12), gpu("NV12 X", 12)})));
  EXPECT_EQ(description["accelerators_per_node"], 2);
  EXPECT_EQ(description["accelerator_model_name"], "H100");
  EXPECT_EQ(description["accelerator_memory_capacity"], "80.0 GiB");
  EXPECT_EQ(description["accelerator_frequency"], "1.98 GHz");
  EXPECT_EQ(description["accelerator_host_interconnect"], "PCIe Gen5 x16");
  EXPECT_EQ(description["accelerator_interconnect"], "NVLink 4, 12 links per GPU");
  EXPECT_EQ(description["accelerator_interconnect_topology"], "X NV12; NV12 X");
}

TEST(SystemDescription, OfOneAccelerator) {
  const Json description = mlperf_system_description(tool, machine(Json::array({gpu("X", 0)})));
  EXPECT_EQ(description["accelerator_interconnect"], "N/A");
  EXPECT_EQ(description["accelerator_interconnect_topology"], "N/A");
}

TEST(SystemDescription, OfAcceleratorsThatDiffer) {
  Json other = gpu("SYS X", 0);
  other["name"] = "A100";
  other["pcie_width"] = nullptr;
  const Json description = mlperf_system_description(tool, machine(Json::array({gpu("X SYS", 0), other})));
  EXPECT_EQ(description["accelerator_model_name"], "A100, H100");
  EXPECT_EQ(description["accelerator_host_interconnect"], "PCIe Gen5 x16") << "of the one that tells";
  EXPECT_EQ(description["accelerator_interconnect"], "PCIe");
}

// MLPerf's checker refuses a description that lacks one of them.
TEST(SystemDescription, HasAllFieldsThatAreAskedForAndLeavesPeoplesEmpty) {
  static constexpr std::array required{"division",
                                       "submitter",
                                       "status",
                                       "system_name",
                                       "number_of_nodes",
                                       "host_processor_model_name",
                                       "host_processors_per_node",
                                       "host_processor_core_count",
                                       "host_memory_capacity",
                                       "host_storage_capacity",
                                       "host_storage_type",
                                       "accelerators_per_node",
                                       "accelerator_model_name",
                                       "accelerator_memory_capacity",
                                       "framework",
                                       "operating_system",
                                       "system_type",
                                       "other_software_stack",
                                       "host_processor_frequency",
                                       "host_processor_caches",
                                       "host_memory_configuration",
                                       "host_processor_interconnect",
                                       "host_networking",
                                       "host_networking_topology",
                                       "accelerator_frequency",
                                       "accelerator_host_interconnect",
                                       "accelerator_interconnect",
                                       "accelerator_interconnect_topology",
                                       "accelerator_memory_configuration",
                                       "accelerator_on-chip_memories",
                                       "cooling",
                                       "hw_notes",
                                       "sw_notes",
                                       "host_network_card_count",
                                       "system_type_detail"};
  const Json description = mlperf_system_description(tool, machine(Json::array()));
  for (const char* field : required) EXPECT_TRUE(description.contains(field)) << field;
  for (const char* field : {"submitter", "division", "status", "system_name", "cooling", "host_storage_capacity"})
    EXPECT_EQ(description[field], "") << field;
}

TEST(SystemDescription, OfAMachineThatTellsNothing) {
  const Json nothing{{"hardware", {{"cpu", "unknown"}, {"sockets", nullptr}, {"gpus", Json::array()}}},
                     {"software", Json::object()}};
  const Json description = mlperf_system_description(tool, nothing);
  EXPECT_EQ(description["host_processors_per_node"], "");
  EXPECT_EQ(description["host_processor_core_count"], "");
  EXPECT_EQ(description["host_processor_frequency"], "");
  EXPECT_EQ(description["host_memory_capacity"], "");
}

}  // namespace
}  // namespace lockstep
