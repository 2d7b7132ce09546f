#include "harness/run/environment.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string this_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

TEST(Environment, HasItsParts) {
  const Json environment = describe_environment();
  for (const char* part : {"hardware", "machine_id", "software", "variables", "conditions"})
    EXPECT_TRUE(environment.contains(part)) << part;
  EXPECT_GE(environment["hardware"]["cores"], 1);
  EXPECT_GE(environment["hardware"]["physical_cores"], environment["hardware"]["cores"]);
  EXPECT_GT(environment["hardware"]["memory_bytes"], 0);
  EXPECT_TRUE(environment["hardware"]["gpus"].is_array());
}

TEST(Environment, IsTheSameWhenAskedAgain) {
  EXPECT_TRUE(is_same_environment(describe_environment(), describe_environment(HostName::told)));
}

TEST(Environment, TheHostIsNamedOnRequestOnly) {
  EXPECT_FALSE(describe_environment().contains("host_name"));
  EXPECT_EQ(describe_environment(HostName::told)["host_name"], this_host());
}

TEST(SameEnvironment, WhateverTheConditions) {
  const Json one{{"hardware", {{"cpu", "a"}}}, {"conditions", {{"measured_clock_hz", 1}}}};
  Json other = one;
  other["conditions"] = {{"measured_clock_hz", 2}, {"gpu0_sm_clock_hz", 3}};
  EXPECT_TRUE(is_same_environment(one, other));
  other.erase("conditions");
  EXPECT_TRUE(is_same_environment(one, other));
  other["hardware"]["cpu"] = "b";
  EXPECT_FALSE(is_same_environment(one, other));
}

TEST(SameEnvironment, NamesOfHostsCountWhereBothAreTold) {
  const Json unnamed{{"hardware", {{"cpu", "a"}}}};
  const auto named = [&](const char* name) {
    Json environment = unnamed;
    environment["host_name"] = name;
    return environment;
  };
  EXPECT_TRUE(is_same_environment(unnamed, named("a")));
  EXPECT_TRUE(is_same_environment(named("a"), named("a")));
  EXPECT_FALSE(is_same_environment(named("a"), named("b")));
}

TEST(SameEnvironment, WhatIsNoneIsNotTheSame) {
  EXPECT_FALSE(is_same_environment(Json{}, Json::object()));
  EXPECT_FALSE(is_same_environment(Json::object(), 3));
  EXPECT_FALSE(is_same_environment(Json{}, Json{}));
}

}  // namespace
}  // namespace lockstep
