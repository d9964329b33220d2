#include "server/inventory/rules.h"

#include "gtest/gtest.h"

namespace portcullis::inventory {
namespace {

TEST(Rules, Forms) {
  EXPECT_TRUE(IsPathPrefix("/"));
  EXPECT_FALSE(IsPathPrefix("a"));
  EXPECT_TRUE(IsPolicyPath("/a/b/"));
  EXPECT_FALSE(IsPolicyPath("/a//b/"));
  EXPECT_FALSE(IsPolicyPath("/a"));
  EXPECT_TRUE(IsEntityPath("/"));
  EXPECT_TRUE(IsEntityPath("/a/"));
  EXPECT_FALSE(IsEntityPath("//"));
  EXPECT_FALSE(IsEntityPath("/a"));
  for (const std::string_view good : {"v1", "v20", "v1.", "v1.a-9"}) {
    EXPECT_TRUE(IsVersionId(good)) << good;
  }
  for (const std::string_view bad : {"", "v", "v0", "v01", "1", "v1a", "V1", "v1.a.b", "v1._"}) {
    EXPECT_FALSE(IsVersionId(bad)) << bad;
  }
}

}  // namespace
}  // namespace portcullis::inventory
