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

TEST(OnePlainLine, keeps_text_and_replaces_what_drives_a_terminal) {
  EXPECT_EQ(one_plain_line("μs → 5 %"), "μs → 5 %");
  EXPECT_EQ(one_plain_line("a\nb\tc\x1b[2J\x7f"), "a?b?c?[2J?");
  EXPECT_EQ(one_plain_line("\xc2\x9b"
                           "2J"),
            "?2J");  // C1: a control in two bytes
  EXPECT_EQ(one_plain_line("a\xe2\x80\xae"
                           "b\xe2\x81\xa6"
                           "c"),
            "a?b?c");                                 // right to left, isolates
  EXPECT_EQ(one_plain_line("\xe2\x80"), "\xe2\x80");  // cut off, left as it is
  EXPECT_EQ(one_plain_line(""), "");
}

}  // namespace lockstep
