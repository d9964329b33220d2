#include "server/signature/query_internal.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/signature/request.h"

namespace portcullis::signature {
namespace {

std::string Canonical(std::string_view query, bool presigned = false) {
  std::string output;
  AppendCanonicalQuery(query, presigned, &output);
  return output;
}

TEST(AppendCanonicalQuery, DecodesEncodesAndSorts) {  // R-7.9, R-7.10
  struct Case {
    const char* query;
    const char* canonical;
  };
  for (const Case& c : {
           Case{"", ""},
           Case{"a", "a="},
           Case{"a=", "a="},
           Case{"=a", "=a"},
           Case{"a=b=c", "a=b%3Dc"},
           Case{"b=2&a=1", "a=1&b=2"},
           Case{"a=2&a=10&a=1", "a=1&a=10&a=2"},
           Case{"a=1&A=1", "A=1&a=1"},
           Case{"x+y=+", "x%20y=%20"},
           Case{"a=%2b", "a=%2B"},
           Case{"a=%41%7e", "a=A~"},
           Case{"a=*/:@", "a=%2A%2F%3A%40"},
           // By the encoded name alone: `=` does not take part, so `a` comes before `a-`.
           Case{"a-=1&a=2", "a=2&a-=1"},
           // By what is encoded, not by what was sent: %E1 before P.
           Case{"P=1&\xe1\x88\xb4=2", "%E1%88%B4=2&P=1"},
           Case{"a=1&&b=2", "=&a=1&b=2"},
           Case{"&", "=&="},
           Case{"b=2&a=1&B=x+y&a=%2f&empty", "B=x%20y&a=%2F&a=1&b=2&empty="},
       }) {
    EXPECT_EQ(Canonical(c.query), c.canonical) << c.query;
  }
}

TEST(AppendCanonicalQuery, IsIdempotent) {
  for (const char* query : {"b=2&a=1", "x+y=+&%41=%2f", "a&&b", "=%00"}) {
    EXPECT_EQ(Canonical(Canonical(query)), Canonical(query)) << query;
  }
}

TEST(AppendCanonicalQuery, LeavesTheSignatureOutOfThePresignedForm) {  // R-7.10
  EXPECT_EQ(Canonical("X-Amz-Signature=s&a=1", true), "a=1");
  EXPECT_EQ(Canonical("X-Amz%2dSignature=s&a=1", true), "a=1");
  EXPECT_EQ(Canonical("X-Amz-Signature=s&a=1", false), "X-Amz-Signature=s&a=1");
  EXPECT_EQ(Canonical("x-amz-signature=s", true), "x-amz-signature=s");
  EXPECT_EQ(Canonical("X-Amz-Security-Token=t", true), "X-Amz-Security-Token=t");
}

TEST(FindQueryAuthentication, FindsTheSeven) {  // R-7.16
  const auto found = FindQueryAuthentication(
      "X-Amz-Algorithm=1&X-Amz-Credential=a%2Fb&X-Amz-Date=3&X-Amz-Expires=4&"
      "X-Amz-SignedHeaders=a%3bb&X-Amz-Signature=6&X-Amz-Security-Token=%2B");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->algorithm, "1");
  EXPECT_EQ(found->credential, "a/b");
  EXPECT_EQ(found->date, "3");
  EXPECT_EQ(found->expires, "4");
  EXPECT_EQ(found->signed_headers, "a;b");
  EXPECT_EQ(found->signature, "6");
  EXPECT_EQ(found->security_token, "+");
  EXPECT_TRUE(found->any());
}

TEST(FindQueryAuthentication, FindsNothingElse) {
  const auto found =
      FindQueryAuthentication("Action=GetCallerIdentity&x-amz-date=1&X-Amz-Datee=1&a&=&X-Amz=");
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->any());
  ASSERT_TRUE(FindQueryAuthentication("").ok());
  EXPECT_FALSE(FindQueryAuthentication("")->any());
  EXPECT_TRUE(FindQueryAuthentication("X-Amz-Security-Token")->any());
  EXPECT_TRUE(FindQueryAuthentication("%58-Amz-Date=1")->any());
}

TEST(FindQueryAuthentication, RefusesWhatIsTwiceOrNoQuery) {
  for (const char* bad : {"X-Amz-Date=1&X-Amz-Date=1", "X-Amz-Signature=a&X-Amz%2DSignature=b",
                          "a=%", "a=%4", "a=%4g", "%zz=1", "a=1&b=%%41"}) {
    EXPECT_EQ(base::ReasonOf(FindQueryAuthentication(bad).status()), "IncompleteSignature") << bad;
  }
}

TEST(FindQueryAuthentication, BoundsTheParameters) {
  std::string query = "a";
  for (size_t i = 1; i < kQueryParametersMax; ++i) query += "&a";
  EXPECT_TRUE(FindQueryAuthentication(query).ok());
  EXPECT_EQ(base::ReasonOf(FindQueryAuthentication(query + "&a").status()), "IncompleteSignature");
}

}  // namespace
}  // namespace portcullis::signature
