#include "harness/run/environment/plain_value.hpp"

#include <gtest/gtest.h>

#include "tests/run/environment/scoped_variable.hpp"

namespace lockstep {
namespace {

using testing::ScopedVariable;

TEST(PlainValue, IsOneLineOfText) {
  EXPECT_EQ(plain_value("AMD EPYC 7742"), "AMD EPYC 7742");
  EXPECT_EQ(plain_value("  two words  "), "two words");
  EXPECT_EQ(plain_value("\x1b[31mred\x07"), "?[31mred?");
  EXPECT_EQ(plain_value("two\nlines"), "two?lines");
  EXPECT_EQ(plain_value("\xff\xfe"), "??");
  EXPECT_EQ(plain_value(std::string{"a\0b", 3}), "a?b");
  EXPECT_EQ(plain_value("   "), "");
  EXPECT_EQ(plain_value(""), "");
}

TEST(PlainValue, IsCut) {
  EXPECT_EQ(plain_value(std::string(10'000, 'x')), std::string(200, 'x'));
  EXPECT_EQ(plain_value("Z\u00fcrich", 2), "Z") << "no half a character";
  EXPECT_EQ(plain_value("Z\u00fcrich", 3), "Z\u00fc");
  EXPECT_EQ(plain_value("\xffzzzzzzz", 6), "?zzzzz") << "what was wrong before the cut stays to be seen";
}

TEST(Homes, OfTheUserIsNotNamed) {
  const ScopedVariable home{"HOME", "/data/people/ann"};
  EXPECT_EQ(without_homes("/data/people/ann/lib.so"), "~/lib.so");
  EXPECT_EQ(without_homes("/data/people/ann"), "~");
  EXPECT_EQ(without_homes("--output=/data/people/ann/a:/data/people/ann/b"), "--output=~/a:~/b");
  EXPECT_EQ(without_homes("/data/people/anna/lib.so"), "/data/people/anna/lib.so");
  EXPECT_EQ(without_homes("/data/people"), "/data/people");
}

TEST(Homes, OfOthersAreNotNamedEither) {
  const ScopedVariable home{"HOME", std::nullopt};
  EXPECT_EQ(without_homes("/home/ben/lib.so:/home/cid"), "~/lib.so:~");
  EXPECT_EQ(without_homes("/home"), "/home");
  EXPECT_EQ(without_homes("/home/"), "/home/");
}

TEST(Homes, AFolderThatIsEverybodysIsNoHome) {
  for (const char* value : {"", "/", "//"}) {
    const ScopedVariable home{"HOME", value};
    EXPECT_EQ(without_homes("/usr/lib/a.so"), "/usr/lib/a.so") << value;
  }
}

}  // namespace
}  // namespace lockstep
