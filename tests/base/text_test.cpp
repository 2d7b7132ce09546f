#include "harness/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {

TEST(Printable, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("plain"), "\"plain\"");
  EXPECT_EQ(printable("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(printable("\x1b[31m\n"), "\"\\x1b[31m\\x0a\"");
  EXPECT_EQ(printable("\xc2\x9b"), "\"\\xc2\\x9b\"");
  EXPECT_EQ(printable("\xff"), "\"\\xff\"");
  EXPECT_EQ(printable("µs"), "\"µs\"");
}

TEST(Printable, CutsLongText) { EXPECT_EQ(printable(std::string(1000, 'x')), '"' + std::string(80, 'x') + "...\""); }

TEST(WithoutControls, LeavesTextAndLines) {
  EXPECT_EQ(without_controls("a\x1b[31m\n\x7f\t\u00b5s"), "a?[31m\n??\u00b5s");
}

TEST(NearestName, FindsMisspellingsOnly) {
  constexpr std::array<std::string_view, 3> names{"learning_rate", "momentum", "steps"};
  EXPECT_EQ(nearest_name("lerning_rate", names), "learning_rate");
  EXPECT_EQ(nearest_name("step", names), "steps");
  EXPECT_EQ(nearest_name("stpes", names), "steps") << "two letters exchanged";
  EXPECT_EQ(nearest_name("banana", names), "");
  EXPECT_EQ(did_you_mean("momentun", names), "; did you mean \"momentum\"?");
  EXPECT_EQ(did_you_mean("banana", names), "");
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(first_invalid_utf8("µ and 😀"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("ab\xff"), 2U);
  EXPECT_EQ(first_invalid_utf8(std::string_view{"a\0b", 3}), 1U);
  EXPECT_EQ(first_invalid_utf8("\xc0\xaf"), 0U);          // overlong
  EXPECT_EQ(first_invalid_utf8("\xed\xa0\x80"), 0U);      // surrogate
  EXPECT_EQ(first_invalid_utf8("\xf4\x90\x80\x80"), 0U);  // beyond U+10FFFF
  EXPECT_EQ(first_invalid_utf8("\xe2\x82"), 0U);          // cut short
}

}  // namespace lockstep
