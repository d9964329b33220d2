#include "server/signature/text_internal.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::signature {
namespace {

TEST(EqualsLower, IgnoresCaseOfAsciiOnly) {
  EXPECT_TRUE(EqualsLower("X-Amz-Date", "x-amz-date"));
  EXPECT_FALSE(EqualsLower("X-Amz-Dat", "x-amz-date"));
  EXPECT_FALSE(EqualsLower("X-Amz-Dates", "x-amz-date"));
  EXPECT_FALSE(EqualsLower("\xc4", "\xe4"));
  EXPECT_TRUE(StartsWithLower("X-Amz-Date", "x-amz-"));
  EXPECT_FALSE(StartsWithLower("X-Amz", "x-amz-"));
}

TEST(IsHeaderValue, RefusesControls) {
  EXPECT_TRUE(IsHeaderValue(""));
  EXPECT_TRUE(IsHeaderValue("a\tb \xe1\x88\xb4"));
  // Every byte at every place of a word and beyond.
  for (int byte = 0; byte < 256; ++byte) {
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
    for (size_t size : {1, 7, 8, 9, 17}) {
      for (size_t i = 0; i < size; ++i) {
        for (const char other : {'a', ' ', '\t', '\x80', '\xff', '~'}) {
          std::string text(size, other);
          text[i] = static_cast<char>(byte);
          EXPECT_EQ(IsHeaderValue(text), !control) << byte << " at " << i << " of " << size;
        }
      }
    }
  }
}

TEST(IsToken, IsThatOfHttp) {
  EXPECT_TRUE(IsToken("GET"));
  EXPECT_TRUE(IsToken("x-custom_1"));
  for (const char* bad : {"", "a b", "a:b", "a\n", "a;b", "\xc3\xa4"}) {
    EXPECT_FALSE(IsToken(bad)) << bad;
  }
}

TEST(Printable, IsShortAndPrintable) {
  EXPECT_EQ(Printable("a\nb\xff"), "a?b?");
  EXPECT_EQ(Printable(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(Printable(std::string(129, 'a')), std::string(128, 'a') + "...");
}

TEST(Errors, CarryTheCodesOfAws) {
  EXPECT_EQ(base::ReasonOf(MissingAuthenticationToken()), "MissingAuthenticationToken");
  EXPECT_EQ(MissingAuthenticationToken().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(MissingAuthenticationToken().message(), "Request is missing Authentication Token");
  EXPECT_EQ(base::ReasonOf(IncompleteSignature("m")), "IncompleteSignature");
  EXPECT_EQ(IncompleteSignature("m").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::ReasonOf(SignatureDoesNotMatch("m")), "SignatureDoesNotMatch");
  EXPECT_EQ(SignatureDoesNotMatch("m").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(WrongSignature().message(),
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.");
}

}  // namespace
}  // namespace portcullis::signature
