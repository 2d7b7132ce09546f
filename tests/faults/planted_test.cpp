// Every case of the self-test: each planted fault that applies is caught by the checks that must catch it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>

#include "harness/run/families/family.hpp"
#include "harness/run/selftest.hpp"

namespace lockstep {
namespace {

class PlantedFaults : public ::testing::TestWithParam<Case> {};

TEST_P(PlantedFaults, are_caught) {
  Case one = GetParam();
  one.scenario.faults.correct_runs = 1;
  const std::filesystem::path directory =
      std::filesystem::path{::testing::TempDir()} / ("faults-" + one.scenario.hash());
  std::filesystem::create_directories(directory);
  const CaseResult result = run_faults({one, [](const Sample&) {}, directory});
  std::filesystem::remove_all(directory);
  for (const CheckResult& check : result.checks) EXPECT_EQ(check.verdict, Verdict::pass) << check.because;
  EXPECT_THAT(result.faults, ::testing::Not(::testing::IsEmpty()));
  for (const TriedFault& fault : result.faults) {
    const bool applies = fault.verdict != FaultVerdict::not_applicable;
    EXPECT_EQ(applies, !fault.expected.empty()) << fault.id;
    EXPECT_TRUE(applies || fault.reason != "") << fault.id;
  }
}

std::string test_name(const ::testing::TestParamInfo<Case>& test) {
  std::string name = test.param.name;
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Selftest, PlantedFaults, ::testing::ValuesIn(selftest_cases()), test_name);

}  // namespace
}  // namespace lockstep
