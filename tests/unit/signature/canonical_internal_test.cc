#include "server/signature/canonical_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

std::string Path(std::string_view path, PathRule rule) {
  std::string output;
  AppendCanonicalPath(path, rule, &output);
  return output;
}

TEST(AppendCanonicalPath, NormalisesAndEncodesOnceMore) {
  struct Case {
    const char* path;
    const char* canonical;
  };
  for (const Case& c : {
           Case{"", "/"},
           Case{"/", "/"},
           Case{"/a%20b", "/a%2520b"},
           Case{"/a b", "/a%20b"},
           Case{"/a/b/", "/a/b/"},
           Case{"//a///b//", "/a/b/"},
           Case{"/a/./b/../c", "/a/c"},
           Case{"/..", "/"},
           Case{"/../../a", "/a"},
           Case{"/a/..", "/"},
           Case{"/a/b/..", "/a"},  // As all signers do.
           Case{"/a/b/../", "/a/"},
           Case{"/a/.", "/a"},
           Case{"/...", "/..."},
           Case{"/.a/b./..c", "/.a/b./..c"},
           Case{"/%2e%2e/a", "/%252e%252e/a"},  // Not a dot segment.
           Case{"/a%2Fb", "/a%252Fb"},
           Case{"/\xe1\x88\xb4", "/%E1%88%B4"},
           Case{"/a:b@c!$&'()*+,;=", "/a%3Ab%40c%21%24%26%27%28%29%2A%2B%2C%3B%3D"},
           Case{"/orders/a%20b/./x//%ED%95%9C%2Fz/", "/orders/a%2520b/x/%25ED%2595%259C%252Fz/"},
       }) {
    EXPECT_EQ(Path(c.path, PathRule::kStandard), c.canonical) << c.path;
  }
}

TEST(AppendCanonicalPath, LeavesPathsOfS3AsTheyAre) {
  struct Case {
    const char* path;
    const char* canonical;
  };
  for (const Case& c : {
           Case{"", "/"},
           Case{"/", "/"},
           Case{"//a/./b/../c//", "//a/./b/../c//"},
           Case{"/a%20b", "/a%20b"},
           Case{"/a b", "/a%20b"},
           Case{"/%7e%41%3a", "/~A%3A"},
           Case{"/a%2fb", "/a%2Fb"},  // Another key than `/a/b`.
           Case{"/100%", "/100%25"},
           Case{"/%4", "/%254"},
           Case{"/%zz", "/%25zz"},
           Case{"/%25", "/%25"},
           Case{"/\xe1\x88\xb4", "/%E1%88%B4"},
       }) {
    EXPECT_EQ(Path(c.path, PathRule::kS3), c.canonical) << c.path;
  }
}

struct HeadersCase {
  std::vector<HeaderField> headers;
  const char* signed_headers;
  const char* canonical;  // nullptr: refused.
};

TEST(AppendCanonicalHeaders, TrimsCollapsesAndJoins) {
  for (const HeadersCase& c : {
           HeadersCase{{{"Host", "h"}}, "host", "host:h\n"},
           HeadersCase{{{"HOST", " h:80 "}}, "host", "host:h:80\n"},
           HeadersCase{{{"a", "  x   y\t\tz  "}}, "a", "a:x y z\n"},
           HeadersCase{{{"a", "\"x   y\""}}, "a", "a:\"x y\"\n"},  // Also inside quotes.
           HeadersCase{{{"a", ""}}, "a", "a:\n"}, HeadersCase{{{"a", " \t "}}, "a", "a:\n"},
           HeadersCase{{{"a", "2"}, {"b", "x"}, {"A", "1"}, {"a", ""}}, "a", "a:2,1,\n"},
           HeadersCase{{{"b", "x"}, {"a", "y"}}, "a;b", "a:y\nb:x\n"},
           HeadersCase{{{"b", "x"}}, "a", nullptr},  // A signed header that is not there.
           HeadersCase{{{"a", "x\ny:z"}}, "a", nullptr}, HeadersCase{{{"a", "x\r"}}, "a", nullptr},
           HeadersCase{{{"a", "1"}, {"a", std::string_view("\0", 1)}}, "a", nullptr},
           HeadersCase{{{"a", "x"}, {"b", "\n"}}, "a", "a:x\n"},  // Not signed: not looked at.
       }) {
    std::string canonical;
    const bool done = AppendCanonicalHeaders(c.headers, c.signed_headers, &canonical);
    EXPECT_EQ(done, c.canonical != nullptr) << c.signed_headers;
    if (done && c.canonical != nullptr) {
      EXPECT_EQ(canonical, c.canonical);
    }
  }
}

TEST(AppendCanonicalHeaders, AuthorityStandsForHost) {
  const std::vector<HeaderField> http2 = {{":authority", "h"}};
  const std::vector<HeaderField> http1 = {{"Host", "h"}};
  for (const std::vector<HeaderField>& headers : {http1, http2}) {
    for (const char* name : {"host", ":authority"}) {
      std::string canonical;
      EXPECT_TRUE(AppendCanonicalHeaders(headers, name, &canonical));
      EXPECT_EQ(canonical, std::string(name) + ":h\n");
    }
  }
}

TEST(FindKnownHeaders, FindsThemInAnyCase) {
  const std::vector<HeaderField> headers = {
      {"AUTHORIZATION", " a "},      {"host", "h"},
      {":authority", "h"},           {"date", "d"},
      {"X-AMZ-date", "xd"},          {"x-Amz-Security-Token", "t"},
      {"x-amz-content-SHA256", "c"}, {"x-amz-datf", "no"}};
  const absl::StatusOr<KnownHeaders> known = FindKnownHeaders(headers);
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_EQ(known->authorization, "a");
  EXPECT_EQ(known->host, "h");
  EXPECT_EQ(known->authority, "h");
  EXPECT_EQ(known->date, "d");
  EXPECT_EQ(known->amz_date, "xd");
  EXPECT_EQ(known->amz_security_token, "t");
  EXPECT_EQ(known->amz_content_sha256, "c");
}

TEST(FindKnownHeaders, RefusesThemTwice) {
  for (const char* name : {"Authorization", "Host", ":authority", "Date", "X-Amz-Date",
                           "X-Amz-Security-Token", "X-Amz-Content-Sha256"}) {
    const std::vector<HeaderField> twice = {{name, "a"}, {"b", "c"}, {name, "a"}};
    EXPECT_EQ(base::ReasonOf(FindKnownHeaders(twice).status()), "IncompleteSignature") << name;
  }
  const std::vector<HeaderField> hosts = {{"host", "a"}, {":authority", "b"}};
  EXPECT_EQ(base::ReasonOf(FindKnownHeaders(hosts).status()), "IncompleteSignature");
}

TEST(IsSigned, LooksForWholeNames) {
  EXPECT_TRUE(IsSigned("host;x-amz-date", "Host"));
  EXPECT_TRUE(IsSigned("host;x-amz-date", "X-Amz-Date"));
  for (const char* name : {"", "hos", "x-amz", "x-amz-date;", "host;x-amz-date"}) {
    EXPECT_FALSE(IsSigned("host;x-amz-date", name)) << name;
  }
  EXPECT_FALSE(IsSigned("", "host"));
}

TEST(StringToSign, HasItsFourLines) {
  EXPECT_EQ(StringToSign("20261121T120000Z", "20261121/r/s/aws4_request", ""),
            "AWS4-HMAC-SHA256\n20261121T120000Z\n20261121/r/s/aws4_request\n" +
                std::string(kEmptyBodySha256));
}

}  // namespace
}  // namespace portcullis::signature
