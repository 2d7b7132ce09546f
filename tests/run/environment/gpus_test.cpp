#include "harness/run/environment/gpus.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <set>
#include <vector>

#include "tests/run/environment/scoped_variable.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScopedVariable;

constexpr const char* fake_library = LOCKSTEP_FAKE_NVML;

// Every function that is asked for, by what becomes null without it: a key of a GPU, of software or of conditions.
struct Question {
  const char* function;
  const char* part;
  std::vector<const char*> keys;
};

const std::vector<Question>& questions() {
  static const std::vector<Question> all{
      {"nvmlSystemGetDriverVersion", "software", {"nvidia_driver"}},
      {"nvmlSystemGetCudaDriverVersion_v2", "software", {"cuda_driver"}},
      {"nvmlDeviceGetPciInfo_v3", "gpus", {"pci_bus_id"}},
      {"nvmlDeviceGetCudaComputeCapability", "gpus", {"compute_capability"}},
      {"nvmlDeviceGetMemoryInfo", "gpus", {"memory_bytes"}},
      {"nvmlDeviceGetMaxClockInfo", "gpus", {"max_sm_clock_hz", "max_memory_clock_hz"}},
      {"nvmlDeviceGetPowerManagementLimit", "gpus", {"power_limit_w"}},
      {"nvmlDeviceGetEccMode", "gpus", {"ecc"}},
      {"nvmlDeviceGetPersistenceMode", "gpus", {"persistence_mode"}},
      {"nvmlDeviceGetMigMode", "gpus", {"multi_instance"}},
      {"nvmlDeviceGetMaxPcieLinkGeneration", "gpus", {"pcie_generation"}},
      {"nvmlDeviceGetMaxPcieLinkWidth", "gpus", {"pcie_width"}},
      {"nvmlDeviceGetNvLinkVersion", "gpus", {"nvlink_version"}},
      {"nvmlDeviceGetClockInfo",
       "conditions",
       {"gpu0_sm_clock_hz", "gpu0_memory_clock_hz", "gpu1_sm_clock_hz", "gpu1_memory_clock_hz"}},
  };
  return all;
}

class Gpus : public ::testing::Test {
 protected:
  /// What the fake says when it is set up like this and lacks these functions.
  Json read(const std::string& setup, std::set<std::string> missing = {}) const {
    const ScopedVariable variable{"FAKE_NVML", setup};
    const auto library = nvml::Library::open(
        [this, missing](const char* name) { return missing.contains(name) ? nullptr : ::dlsym(handle_.get(), name); });
    return library ? read_gpus(*library) : Json(nullptr);
  }

 private:
  const std::unique_ptr<void, int (*)(void*)> handle_{::dlopen(fake_library, RTLD_NOW | RTLD_LOCAL), &::dlclose};
};

Json part_of(const Json& found, const std::string& part) { return part == "gpus" ? found["gpus"][0] : found[part]; }

TEST_F(Gpus, AreDescribed) {
  const Json found = read("gpus=2");
  EXPECT_EQ(found["gpus"][1], (Json{{"index", 1},
                                    {"name", "Fake H100"},
                                    {"memory_bytes", 80ULL << 30},
                                    {"compute_capability", "9.0"},
                                    {"max_sm_clock_hz", 1'980'000'000},
                                    {"max_memory_clock_hz", 2'619'000'000},
                                    {"ecc", true},
                                    {"multi_instance", false},
                                    {"power_limit_w", 700.5},
                                    {"persistence_mode", true},
                                    {"pci_bus_id", "00000000:02:00.0"},
                                    {"pcie_generation", 5},
                                    {"pcie_width", 16},
                                    {"nvlinks", 2},
                                    {"nvlink_version", 4},
                                    {"connections", "NV2 X"}}));
  EXPECT_EQ(found["software"], (Json{{"nvidia_driver", "550.54.15"}, {"cuda_driver", "12.4"}}));
  EXPECT_EQ(found["conditions"], (Json{{"gpu0_sm_clock_hz", 1'001'000'000},
                                       {"gpu0_memory_clock_hz", 2'001'000'000},
                                       {"gpu1_sm_clock_hz", 1'002'000'000},
                                       {"gpu1_memory_clock_hz", 2'002'000'000}}));
}

std::vector<std::string> matrix(const Json& found) {
  std::vector<std::string> rows;
  for (const Json& gpu : found["gpus"]) rows.push_back(gpu["connections"]);
  return rows;
}

TEST_F(Gpus, AreConnectedByLinksOrPcie) {
  EXPECT_EQ(matrix(read("gpus=6")),
            (std::vector<std::string>{"X NV2 PXB PHB NODE SYS", "NV2 X PIX PXB PHB NODE", "PXB PIX X PIX PXB PHB",
                                      "PHB PXB PIX X PIX PXB", "NODE PHB PXB PIX X PIX", "SYS NODE PHB PXB PIX X"}));
  EXPECT_EQ(matrix(read("gpus=1")), std::vector<std::string>{"X"});
}

TEST_F(Gpus, AreConnectedThroughSwitches) {
  EXPECT_EQ(matrix(read("gpus=3 switch")), (std::vector<std::string>{"X NV3 NV3", "NV3 X NV3", "NV3 NV3 X"}));
}

TEST_F(Gpus, ConnectionsThatTheDriverDoesNotTell) {
  EXPECT_EQ(matrix(read("gpus=3 fails=nvmlDeviceGetTopologyCommonAncestor"))[0], "X NV2 ?");
  EXPECT_EQ(matrix(read("gpus=2 fails=nvmlDeviceGetNvLinkState"))[0], "X PIX");
  EXPECT_EQ(matrix(read("gpus=2 fails=nvmlDeviceGetNvLinkRemotePciInfo_v2"))[0], "X PIX");
  EXPECT_EQ(matrix(read("gpus=2", {"nvmlDeviceGetNvLinkRemoteDeviceType"}))[0], "X NV2");
  EXPECT_EQ(matrix(read("gpus=2 fails=nvmlDeviceGetPciInfo_v3"))[0], "X PIX");
}

// An old driver lacks the function, another refuses it, and one may have written to the result before it does.
TEST_F(Gpus, WhatCannotBeAskedIsNull) {
  const Json whole = read("gpus=2");
  for (const auto& [function, part, keys] : questions()) {
    for (const Json& found : {read("gpus=2", {function}), read(std::string{"gpus=2 fails="} + function),
                              read(std::string{"gpus=2 garbage="} + function)}) {
      Json expected = part_of(whole, part);
      for (const char* key : keys) {
        EXPECT_NE(expected[key], nullptr) << key << ": the fake has to tell it";
        expected[key] = nullptr;
      }
      Json got = part_of(found, part);
      got["connections"] = expected["connections"] = "these depend on several";
      EXPECT_EQ(got, expected) << function;
    }
  }
}

TEST_F(Gpus, WithoutANameOrAccess) {
  EXPECT_EQ(read("fails=nvmlDeviceGetName")["gpus"][0]["name"], "unknown");
  const Json closed = read("gpus=2 fails=nvmlDeviceGetHandleByIndex_v2");
  EXPECT_EQ(closed["gpus"], Json::array({{{"index", 0}, {"name", "unknown"}, {"connections", "X ?"}},
                                         {{"index", 1}, {"name", "unknown"}, {"connections", "? X"}}}));
  EXPECT_EQ(closed["conditions"], Json::object());
}

TEST_F(Gpus, NoneOrNotToBeCounted) {
  EXPECT_EQ(read("gpus=0")["gpus"], Json::array());
  EXPECT_EQ(read("fails=nvmlDeviceGetCount_v2")["gpus"], Json::array());
  EXPECT_EQ(read("", {"nvmlDeviceGetCount_v2"})["gpus"], Json::array());
}

TEST_F(Gpus, ANumberThatIsNotToBeBelievedIsCut) { EXPECT_EQ(read("gpus=4000000000")["gpus"].size(), 64u); }

TEST_F(Gpus, ALibraryThatDoesNotStartIsNone) {
  EXPECT_EQ(read("fails=nvmlInit_v2"), nullptr);
  EXPECT_EQ(read("", {"nvmlInit_v2"}), nullptr);
}

TEST_F(Gpus, NamesOfADriverAreTextFromOutside) {
  const std::string name = read("hostile")["gpus"][0]["name"];
  EXPECT_EQ(name.find("?[31mRed??? GPU?"), 0u) << name;
  EXPECT_LE(name.size(), nvml::name_size);
}

TEST(AskingForGpus, ReadsALibraryInAProcessOfItsOwn) {
  const ScopedVariable variable{"FAKE_NVML", "gpus=2"};
  const Json found = inquire_gpus(fake_library);
  EXPECT_EQ(found["gpus"].size(), 2u);
  EXPECT_EQ(found["software"]["cuda_driver"], "12.4");
  EXPECT_EQ(found["conditions"]["gpu1_sm_clock_hz"], 1'002'000'000);
  EXPECT_EQ(::dlopen(fake_library, RTLD_NOW | RTLD_NOLOAD), nullptr) << "it did not come into this one";
}

TEST(AskingForGpus, WithoutTheLibraryNothingElseHappens) {
  const Json none{{"gpus", Json::array()}, {"software", Json::object()}, {"conditions", Json::object()}};
  EXPECT_EQ(inquire_gpus("liblockstep-has-no-such-library.so.1"), none);
  EXPECT_EQ(inquire_gpus("/dev/null"), none);
  const ScopedVariable variable{"FAKE_NVML", "fails=nvmlInit_v2"};
  EXPECT_EQ(inquire_gpus(fake_library), none);
}

TEST(AskingForGpus, ADriverThatCrashesCostsTheGpusOnly) {
  for (const char* function : {"nvmlInit_v2", "nvmlDeviceGetName", "nvmlShutdown"}) {
    const ScopedVariable variable{"FAKE_NVML", std::string{"crashes="} + function};
    const Json found = inquire_gpus(fake_library);
    EXPECT_EQ(found["gpus"], Json::array());
    EXPECT_THAT(found["software"]["gpu_error"].get<std::string>(), HasSubstr("killed by signal 6")) << function;
  }
}

TEST(AskingForGpus, ADriverThatHangsIsNotWaitedFor) {
  const ScopedVariable variable{"FAKE_NVML", "hangs=nvmlDeviceGetName"};
  const Json found = inquire_gpus(fake_library, Seconds{0.2});
  EXPECT_EQ(found["gpus"], Json::array());
  EXPECT_THAT(found["software"]["gpu_error"].get<std::string>(), HasSubstr("not finished within"));
}

}  // namespace
}  // namespace lockstep
