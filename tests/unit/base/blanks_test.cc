#include "server/base/blanks.h"

#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

TEST(TrimBlanks, TakesSpacesAndTabsOffBothEnds) {
  EXPECT_EQ(TrimBlanks(" \t a b\t "), "a b");
  EXPECT_EQ(TrimBlanks("a"), "a");
  EXPECT_EQ(TrimBlanks(" \t"), "");
  EXPECT_EQ(TrimBlanks(""), "");
}

TEST(TrimBlanks, LeavesWhatIsNoBlankOfAHeader) {
  for (const std::string_view text : {std::string_view("\na\n"), std::string_view("\ra\r"),
                                      std::string_view("\va\f"), std::string_view("\0a\0", 3),
                                      std::string_view("\xC2\xA0"
                                                       "a")}) {
    EXPECT_EQ(TrimBlanks(text), text);
  }
}

}  // namespace
}  // namespace portcullis::base
