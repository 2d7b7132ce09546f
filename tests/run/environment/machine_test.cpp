#include "harness/run/environment/machine.hpp"

#include <gmock/gmock.h>

namespace lockstep {
namespace {

using ::testing::MatchesRegex;

Json machine() {
  return {{"cpu", "AMD EPYC"},
          {"cpu_microcode", "0x1"},
          {"cores", 8},
          {"sockets", 1},
          {"physical_cores", 8},
          {"l3_bytes", 33'554'432},
          {"memory_bytes", 16ULL << 30},
          {"governor", "powersave"},
          {"boost", nullptr},
          {"virtualisation", "KVM"},
          {"gpus", Json::array({{{"name", "H100"}, {"memory_bytes", 80ULL << 30}, {"power_limit_w", 700}}})}};
}

std::string id_with(const std::function<void(Json&)>& change) {
  Json changed = machine();
  change(changed);
  return machine_id(changed);
}

TEST(MachineId, IsAHash) {
  EXPECT_THAT(machine_id(machine()), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_THAT(machine_id(Json::object()), MatchesRegex("[0-9a-f]{16}"));
}

// Results in a history are grouped by it: another value for the same machine would tear them apart.
TEST(MachineId, DoesNotChangeFromReleaseToRelease) { EXPECT_EQ(machine_id(machine()), "f530edb2987cd87e"); }

TEST(MachineId, StaysWhenSettingsChange) {
  const std::string id = machine_id(machine());
  EXPECT_EQ(id_with([](Json& json) { json["governor"] = "performance"; }), id);
  EXPECT_EQ(id_with([](Json& json) { json["boost"] = true; }), id);
  EXPECT_EQ(id_with([](Json& json) { json["cores"] = 2; }), id) << "taskset";
  EXPECT_EQ(id_with([](Json& json) { json["cpu_microcode"] = "0x2"; }), id);
  EXPECT_EQ(id_with([](Json& json) { json["memory_bytes"] = (16ULL << 30) - (100 << 20); }), id) << "another kernel";
  EXPECT_EQ(id_with([](Json& json) { json["gpus"][0]["power_limit_w"] = 500; }), id);
}

TEST(MachineId, ChangesWithTheMachine) {
  const std::string id = machine_id(machine());
  EXPECT_NE(id_with([](Json& json) { json["cpu"] = "another"; }), id);
  EXPECT_NE(id_with([](Json& json) { json["sockets"] = 2; }), id);
  EXPECT_NE(id_with([](Json& json) { json["physical_cores"] = 16; }), id);
  EXPECT_NE(id_with([](Json& json) { json["l3_bytes"] = 1; }), id);
  EXPECT_NE(id_with([](Json& json) { json["memory_bytes"] = 32ULL << 30; }), id);
  EXPECT_NE(id_with([](Json& json) { json["virtualisation"] = "none"; }), id);
  EXPECT_NE(id_with([](Json& json) { json["gpus"].push_back(json["gpus"][0]); }), id);
  EXPECT_NE(id_with([](Json& json) { json["gpus"][0]["name"] = "H200"; }), id);
  EXPECT_NE(id_with([](Json& json) { json["gpus"] = Json::array(); }), id);
}

}  // namespace
}  // namespace lockstep
