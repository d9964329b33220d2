#include "server/source/digest.h"

#include "gtest/gtest.h"

namespace portcullis::source {
namespace {

// FIPS 180-2, appendix B.1.
TEST(DigestTest, IsSha256) {
  EXPECT_EQ(DigestOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, PartsDoNotRunIntoEachOther) {
  const auto of = [](std::initializer_list<std::string_view> parts) {
    DigestBuilder builder;
    for (const auto part : parts) builder.Add(part);
    return builder.Finish();
  };
  EXPECT_EQ(of({"a", "bc"}), of({"a", "bc"}));
  EXPECT_NE(of({"a", "bc"}), of({"ab", "c"}));
  EXPECT_NE(of({"abc"}), of({"abc", ""}));
  EXPECT_NE(of({"1:a"}), of({"a"}));
}

}  // namespace
}  // namespace portcullis::source
