#include "server/source/text_lines.h"

#include "gtest/gtest.h"

namespace portcullis::source {
namespace {

TEST(TextLinesTest, FindsLinesByNumber) {
  const TextLines lines(
      "ab\r\n\n  c\xc3\xa9"
      "d");
  EXPECT_EQ(lines.count(), 3u);
  EXPECT_EQ(lines.Line(1), "ab");
  EXPECT_EQ(lines.Line(2), "");
  EXPECT_EQ(lines.Line(3),
            "  c\xc3\xa9"
            "d");
  EXPECT_EQ(lines.Line(0), "");
  EXPECT_EQ(lines.Line(4), "");
  EXPECT_EQ(lines.From(3, 3),
            "c\xc3\xa9"
            "d");
  EXPECT_EQ(lines.From(3, 5), "d");  // Columns count code points.
  EXPECT_EQ(lines.From(3, 99), "");
}

TEST(TextLinesTest, EmptyTextHasOneEmptyLine) {
  const TextLines lines("");
  EXPECT_EQ(lines.count(), 1u);
  EXPECT_EQ(lines.Line(1), "");
}

}  // namespace
}  // namespace portcullis::source
