#include "harness/run/environment/build_facts.hpp"

#include <gmock/gmock.h>

#include "harness/run/environment.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(BuildFacts, AreThoseOfThisBuild) {
  const BuildFacts facts = build_facts();
  EXPECT_THAT(facts.version, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(facts.compiler, MatchesRegex("[A-Za-z]+ [0-9].*"));
  EXPECT_THAT(facts.flags, HasSubstr("-ffp-contract=off")) << "it changes what is computed";
  EXPECT_THAT(facts.flags, HasSubstr(facts.arch.empty() ? "" : "-march=" + facts.arch));
}

TEST(BuildFacts, FlagsAreWithoutWarningsAndGeneratorExpressions) {
  EXPECT_THAT(build_facts().flags, Not(HasSubstr("-W")));
  EXPECT_THAT(build_facts().flags, Not(HasSubstr("$<")));
}

// This program defines none of its own, so that it is not linked again for each commit.
TEST(BuildFacts, AProgramWithoutACommitSaysSo) { EXPECT_STREQ(build_commit(), "unknown"); }

TEST(BuildFacts, AreInTheToolOfAResult) {
  const Json tool = describe_tool();
  EXPECT_EQ(tool["name"], "lockstep");
  EXPECT_EQ(tool["version"], build_facts().version);
  EXPECT_EQ(tool["flags"], build_facts().flags);
  EXPECT_EQ(tool["commit"], build_commit());
}

}  // namespace
}  // namespace lockstep
