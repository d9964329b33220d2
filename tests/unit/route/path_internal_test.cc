#include "server/route/path_internal.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

using ::testing::ElementsAreArray;

struct PathCase {
  std::string raw;
  std::string path;
  std::vector<std::string> segments;
  bool trailing_slash = false;
  PathOptions options = {};
};

TEST(DecodePath, DecodesOnce) {
  const PathOptions empty = {true, false};
  const PathOptions semicolons = {false, true};
  const std::vector<PathCase> cases = {
      {"/", "/", {}},
      {"/a", "/a", {"a"}},
      {"/a/", "/a/", {"a"}, true},
      {"/a/b.c/d-e_f~g", "/a/b.c/d-e_f~g", {"a", "b.c", "d-e_f~g"}},
      {"/a%20b", "/a b", {"a b"}},
      {"/%C3%A4", "/\xc3\xa4", {"\xc3\xa4"}},
      {"/%c3%a4", "/\xc3\xa4", {"\xc3\xa4"}},  // The case of digits does not matter.
      {"/100%25", "/100%", {"100%"}},          // A percent sign that encodes nothing.
      {"/100%25zz", "/100%zz", {"100%zz"}},    // Nor would it when decoded again.
      {"/a%3Fb%23c", "/a?b#c", {"a?b#c"}},     // Encoded: part of the path.
      {"/.hidden/..a", "/.hidden/..a", {".hidden", "..a"}},
      {"/a:b@c!$&'()*+,=d", "/a:b@c!$&'()*+,=d", {"a:b@c!$&'()*+,=d"}},
      {"/a//b", "/a//b", {"a", "", "b"}, false, empty},
      {"/a//", "/a//", {"a", ""}, true, empty},
      {"/a;v=1/b", "/a;v=1/b", {"a;v=1", "b"}, false, semicolons},
      {"/a%3Bv", "/a;v", {"a;v"}, false, semicolons},
  };
  for (const PathCase& c : cases) {
    DecodedPath decoded;
    const absl::Status status = DecodePath(c.raw, c.options, &decoded);
    ASSERT_TRUE(status.ok()) << c.raw << ": " << status;
    EXPECT_EQ(decoded.path, c.path) << c.raw;
    EXPECT_THAT(decoded.segments, ElementsAreArray(c.segments)) << c.raw;
    EXPECT_EQ(decoded.trailing_slash, c.trailing_slash) << c.raw;
  }
}

struct Trick {
  std::string raw;
  std::string detail;
  PathOptions options = {};
};

void CheckRefused(const std::vector<Trick>& tricks) {
  for (const Trick& trick : tricks) {
    DecodedPath decoded;
    const absl::Status status = DecodePath(trick.raw, trick.options, &decoded);
    EXPECT_EQ(Reason(status), "AMBIGUOUS_PATH") << trick.raw;
    EXPECT_EQ(std::string(status.message()), trick.detail) << trick.raw;
  }
}

// Section 5, items 2 and 3.
TEST(DecodePath, RefusesWhatHasSeveralReadings) {
  const PathOptions all = {true, true};
  const std::vector<Trick> tricks = {
      // CVE-2019-9901: paths that the proxy did not normalise.
      {"/a/../b", "the path has a dot segment"},
      {"/..", "the path has a dot segment"},
      {"/./a", "the path has a dot segment"},
      {"/a/.", "the path has a dot segment"},
      {"/a/../", "the path has a dot segment"},
      {"/a/%2e%2e/b", "the path has an encoded dot"},
      {"/a/.%2E/b", "the path has an encoded dot"},
      {"/a%2eb", "the path has an encoded dot"},
      // CVE-2021-29492: encoded slashes and backslashes.
      {"/a%2fb", "the path has an encoded slash"},
      {"/a%2F..%2Fb", "the path has an encoded slash"},
      {"/a%5cb", "the path has a backslash"},
      {"/a%5C..", "the path has a backslash"},
      {"/a\\b", "the path has a backslash"},
      {"/..\\b", "the path has a backslash"},
      // CVE-2021-31920: empty segments.
      {"//", "the path has an empty segment"},
      {"//a", "the path has an empty segment"},
      {"/a//b", "the path has an empty segment"},
      {"/a//", "the path has an empty segment"},
      {"//evil.example/a", "the path has an empty segment", all},  // A host to readers of URLs.
      // Double encoding.
      {"/a%252fb", "the path is encoded twice"},
      {"/%252e%252e/b", "the path is encoded twice"},
      {"/a%25252fb", "the path is encoded twice"},
      {"/a%25%32%66", "the path has an encoded character that needs no encoding"},
      {"/a%25u002fb", "the path is encoded twice"},
      // Parameters of segments.
      {"/a;v=1/b", "the path has a semicolon"},
      {"/a%3bv", "the path has a semicolon"},
      {"/a/..;/b", "the path has a semicolon"},
      {"/a/..;/b", "the path has a dot segment", all},
      {"/a/..;x=1/b", "the path has a dot segment", all},
      {"/a/.;/b", "the path has a dot segment", all},
      {"/a./b", "the path has a segment that ends in a dot or a blank", all},
      {"/a.;v/b", "the path has a segment that ends in a dot or a blank", all},
      {"/;v/b", "the path has a segment of parameters only", {false, true}},
      // CVE-2021-32779: fragments.
      {"/a#b", "the path has a fragment"},
      {"/a#/../b", "the path has a fragment"},
  };
  CheckRefused(tricks);
}

TEST(DecodePath, RefusesCharactersThatReadersTreatDifferently) {
  const std::vector<Trick> tricks = {
      // Names that Windows shortens.
      {"/a.", "the path has a segment that ends in a dot or a blank"},
      {"/a%20", "the path has a segment that ends in a dot or a blank"},
      {"/...", "the path has a segment that ends in a dot or a blank"},
      {"/a%20/b", "the path has a segment that ends in a dot or a blank"},
      // Control characters.
      {"/a%00b", "the path has a control character"},
      {"/a%00", "the path has a control character"},
      {"/a%0d%0ab", "the path has a control character"},
      {"/a%09b", "the path has a control character"},
      {"/a%7f", "the path has a control character"},
      {"/a\x01", "the path has a control character"},
      {"/a\x7f", "the path has a control character"},
      {"/a\tb", "the path has a control character"},
      {"/a%C2%85b", "the path has a control character"},
      // UTF-8: overlong slashes and dots, surrogates, cut sequences.
      {"/a%c0%afb", "the path is not UTF-8"},
      {"/%c0%ae%c0%ae/b", "the path is not UTF-8"},
      {"/%e0%80%af", "the path is not UTF-8"},
      {"/%f0%80%80%af", "the path is not UTF-8"},
      {"/%ed%a0%80", "the path is not UTF-8"},
      {"/%ff", "the path is not UTF-8"},
      {"/%c3", "the path is not UTF-8"},
      {"/%c3/%a4", "the path is not UTF-8"},
      // Not encoded though it has to be.
      {"/a b", "the path has a blank that is not encoded"},
      {"/\xc3\xa4", "the path has a character outside ASCII that is not encoded"},
      {"/\xff", "the path has a character outside ASCII that is not encoded"},
      // Encoded though it need not be: readers who compare before they decode miss it.
      {"/%61dmin", "the path has an encoded character that needs no encoding"},
      {"/a%2Db", "the path has an encoded character that needs no encoding"},
      {"/a%5F", "the path has an encoded character that needs no encoding"},
      {"/a%7e", "the path has an encoded character that needs no encoding"},
      {"/%30", "the path has an encoded character that needs no encoding"},
      // `%` that encodes nothing.
      {"/a%", "the path has a `%` that encodes nothing"},
      {"/a%2", "the path has a `%` that encodes nothing"},
      {"/a%zz", "the path has a `%` that encodes nothing"},
      {"/a%2/b", "the path has a `%` that encodes nothing"},
      {"/a%u002f", "the path has a `%` that encodes nothing"},
  };
  CheckRefused(tricks);
}

TEST(DecodePath, EveryControlCharacterIsRefused) {
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string digits = "0123456789abcdef";
    const std::string raw = std::string("/a%") + digits[byte >> 4] + digits[byte & 15] + "b";
    DecodedPath decoded;
    EXPECT_EQ(Reason(DecodePath(raw, {true, true}, &decoded)), "AMBIGUOUS_PATH") << raw;
    DecodedPath bare;
    const std::string bare_raw = std::string("/a") + static_cast<char>(byte) + "b";
    EXPECT_EQ(Reason(DecodePath(bare_raw, {true, true}, &bare)), "AMBIGUOUS_PATH") << byte;
  }
}

TEST(DecodePath, BoundsSegments) {
  std::string raw;
  for (size_t i = 0; i < kPathSegmentsMax; ++i) raw += "/a";
  DecodedPath at;
  EXPECT_TRUE(DecodePath(raw, {}, &at).ok());
  DecodedPath past;
  EXPECT_EQ(Reason(DecodePath(raw + "/a", {}, &past)), "MALFORMED_REQUEST");
}

TEST(FlawOfSegment, IsEmptyForPlainSegments) {
  EXPECT_EQ(FlawOfSegment("a b", {}), "");
  EXPECT_EQ(FlawOfSegment("", {}), "");
  EXPECT_EQ(FlawOfSegment("..", {}), "has a dot segment");
  EXPECT_EQ(FlawOfSegment("a;b", {}), "has a semicolon");
  EXPECT_EQ(FlawOfSegment("a;b", {false, true}), "");
}

}  // namespace
}  // namespace portcullis::route
