// Files from outside: whatever breaks a rule is refused with a message that names the file and the rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>

#include "tests/checkpoint/refusal.hpp"
#include "tests/checkpoint/safetensors_files.hpp"

/// tests/fuzz/safetensors_fuzz.cpp
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HostileFiles, AreRefusedWithTheReason) {
  for (const auto& [entry, name, content, message] : testing::hostile_files()) {
    const std::string said = testing::refusal_of(content);
    EXPECT_THAT(said, StartsWith("/t: ")) << "entry " << entry << ", " << name;
    EXPECT_THAT(said, HasSubstr(message)) << "entry " << entry << ", " << name;
    EXPECT_LT(said.size(), 300U) << "entry " << entry << ", " << name;
  }
}

TEST(HostileFiles, CoverTheCatalogue) {
  std::set<int> entries;
  std::set<std::string> names;
  for (const testing::HostileFile& file : testing::hostile_files()) {
    entries.insert(file.entry);
    EXPECT_TRUE(names.insert(file.name).second) << file.name;
  }
  for (int entry = 59; entry <= 69; ++entry) EXPECT_TRUE(entries.contains(entry)) << entry;
}

TEST(HostileFiles, GoodOnesAreRead) {
  for (const auto& [name, content] : testing::good_files()) EXPECT_EQ(testing::refusal_of(content), "") << name;
}

TEST(HostileFiles, HoldThePropertyThatIsFuzzed) {
  const auto try_one = [](const std::string& content) {
    return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  };
  for (const testing::HostileFile& file : testing::hostile_files()) EXPECT_NO_THROW(try_one(file.content)) << file.name;
  for (const testing::GoodFile& file : testing::good_files()) EXPECT_NO_THROW(try_one(file.content)) << file.name;
}

}  // namespace
}  // namespace lockstep
