#include "server/route/path_template.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/str_join.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

using ::testing::ElementsAre;
using Fit = PathTemplate::Fit;

PathTemplate Parsed(const std::string& text) {
  std::vector<Problem> problems;
  auto parsed = PathTemplate::Parse(At(text), &problems);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << absl::StrJoin(Texts(problems), "; ");
  return *std::move(parsed);
}

CanonicalRequest Path(const std::string& target) {
  TestRequest test;
  test.target = target;
  const auto request = Canonicalize(test.View(), {true, true});
  EXPECT_TRUE(request.ok()) << target;
  return *request;
}

struct FitCase {
  std::string pattern;
  std::string target;
  Fit fit;
  std::string values = "";  // Joined by "|".
};

TEST(PathTemplate, MatchesSegmentBySegment) {
  const std::vector<FitCase> cases = {
      {"/", "/", Fit::kExact},
      {"/", "/a", Fit::kNone},
      {"/a/b", "/a/b", Fit::kExact},
      {"/a/b", "/a", Fit::kNone},
      {"/a/b", "/a/b/c", Fit::kNone},
      {"/a b", "/a%20b", Fit::kExact},
      {"/orders/{order}", "/orders/7", Fit::kExact, "7"},
      {"/orders/{order}", "/orders/a%20b", Fit::kExact, "a b"},
      {"/orders/{order}", "/orders", Fit::kNone},
      {"/orders/{order}", "/orders/", Fit::kNone},
      {"/orders/{order}", "/orders/7/8", Fit::kNone},
      {"/{a}/x/{b}", "/1/x/2", Fit::kExact, "1|2"},
      {"/{a}/{b}", "/1//", Fit::kNone},  // An empty segment is no value.
      {"/*/x", "/a/x", Fit::kExact},
      {"/*/x", "/a/b/x", Fit::kNone},
      {"/files/{key...}", "/files/a/b", Fit::kExact, "a/b"},
      {"/files/{key...}", "/files/a/b/", Fit::kExact, "a/b/"},
      {"/files/{key...}", "/files/", Fit::kExact, ""},
      {"/files/{key...}", "/files", Fit::kExact, ""},
      {"/files/{key...}", "/filesystem", Fit::kNone},
      {"/files/**", "/files/a", Fit::kExact},
      {"/files/**", "/files", Fit::kExact},
      {"/**", "/", Fit::kExact},
      {"/**", "/a/b", Fit::kExact},
      // What readers who ignore case or a final slash take for the same.
      {"/admin", "/ADMIN", Fit::kLoose},
      {"/admin", "/admin/", Fit::kLoose},
      {"/admin/", "/admin", Fit::kLoose},
      {"/admin/", "/admin/", Fit::kExact},
      {"/admin/**", "/Admin/x", Fit::kLoose},
      {"/{a}/admin", "/x/adMin", Fit::kLoose},
      {"/admin", "/admins", Fit::kNone},
      {"/\xc3\xa4", "/%C3%84", Fit::kLoose},
  };
  for (const FitCase& c : cases) {
    const PathTemplate pattern = Parsed(c.pattern);
    const CanonicalRequest request = Path(c.target);
    EXPECT_EQ(pattern.FitOf(request), c.fit) << c.pattern << " " << c.target;
    if (c.fit != Fit::kExact) continue;
    EXPECT_EQ(absl::StrJoin(pattern.ValuesIn(request), "|"), c.values)
        << c.pattern << " " << c.target;
  }
}

TEST(PathTemplate, NamesItsVariablesInOrder) {
  EXPECT_THAT(Parsed("/{b}/*/{a_1}/{rest...}").variables(), ElementsAre("b", "a_1", "rest"));
  EXPECT_TRUE(Parsed("/a/**").variables().empty());
}

struct ErrorCase {
  std::string text;
  std::string expected;
};

TEST(PathTemplate, RefusesWithItsPosition) {
  const std::vector<ErrorCase> cases = {
      {"orders", "3:20: the path `orders` does not begin with a slash [/orders]"},
      {"/a//b",
       "3:20: the segment `` is empty, and requests with empty segments need a variable there"},
      {"/{Order}", "3:20: the segment `{Order}` is no variable: names are `[a-z][a-z0-9_]*`"},
      {"/{}", "3:20: the segment `{}` is no variable: names are `[a-z][a-z0-9_]*`"},
      {"/{1a}", "3:20: the segment `{1a}` is no variable: names are `[a-z][a-z0-9_]*`"},
      {"/{...}", "3:20: the segment `{...}` is no variable: names are `[a-z][a-z0-9_]*`"},
      {"/{a}/{a}", "3:20: the variable `a` occurs twice"},
      {"/a-{b}",
       "3:20: the segment `a-{b}` is neither a text nor a variable: a variable or `*` takes a "
       "whole segment"},
      {"/a*",
       "3:20: the segment `a*` is neither a text nor a variable: a variable or `*` takes a whole "
       "segment"},
      {"/**/a", "3:20: the segment `**` stands for the rest, so it has to be the last"},
      {"/{a...}/b", "3:20: the segment `{a...}` stands for the rest, so it has to be the last"},
      {"/a%20b", "3:20: the segment `a%20b` is encoded: write the characters themselves"},
      {"/../a", "3:20: the segment `..` is in no path that is let through"},
      {"/a\\b", "3:20: the segment `a\\b` is in no path that is let through"},
      {"/a.", "3:20: the segment `a.` is in no path that is let through"},
  };
  for (const ErrorCase& c : cases) {
    std::vector<Problem> problems;
    EXPECT_FALSE(PathTemplate::Parse(At(c.text, 3, 20), &problems).has_value()) << c.text;
    EXPECT_THAT(Texts(problems), ElementsAre(c.expected)) << c.text;
  }
}

TEST(PathTemplate, ReportsAllProblemsAtOnce) {
  std::vector<Problem> problems;
  EXPECT_FALSE(PathTemplate::Parse(At("/{A}/b*"), &problems).has_value());
  EXPECT_EQ(problems.size(), 2u);
}

TEST(PathTemplate, BoundsSegments) {
  std::string text;
  for (size_t i = 0; i < kPathSegmentsMax; ++i) text += "/a";
  std::vector<Problem> problems;
  EXPECT_TRUE(PathTemplate::Parse(At(text), &problems).has_value());
  EXPECT_FALSE(PathTemplate::Parse(At(text + "/a"), &problems).has_value());
  EXPECT_THAT(Texts(problems), ElementsAre("1:1: the path has too many segments"));
}

struct PairCase {
  std::string a;
  std::string b;
  bool covers;
};

TEST(PathTemplate, Covers) {
  const std::vector<PairCase> cases = {
      {"/a", "/a", true},
      {"/a", "/b", false},
      {"/{x}", "/a", true},
      {"/{x}", "/{y}", true},
      {"/*", "/{y}", true},
      {"/a", "/{y}", false},
      {"/**", "/a/b", true},
      {"/**", "/", true},
      {"/**", "/a/**", true},
      {"/a/**", "/**", false},
      {"/a/**", "/a", true},
      {"/a/**", "/a/b/{c...}", true},
      {"/a/{x}", "/a/**", false},
      {"/a", "/a/", false},
      {"/a/", "/a/", true},
      {"/a/{x}/b", "/a/c/b", true},
      {"/a/{x}/b", "/a/b/c", false},
      {"/a/b", "/a", false},
  };
  for (const PairCase& c : cases) {
    EXPECT_EQ(Parsed(c.a).Covers(Parsed(c.b)), c.covers) << c.a << " " << c.b;
  }
  EXPECT_TRUE(Parsed("/**").CoversEverything());
  EXPECT_TRUE(Parsed("/{all...}").CoversEverything());
  EXPECT_FALSE(Parsed("/a/**").CoversEverything());
  EXPECT_FALSE(Parsed("/").CoversEverything());
}

TEST(PathTemplate, IsAsSpecificAs) {
  const std::vector<PairCase> cases = {
      {"/Admin", "/admin", true},     {"/{x}", "/admin", false},   {"/**", "/admin", false},
      {"/admin/**", "/admin", false}, {"/admin/", "/admin", true},
  };
  for (const PairCase& c : cases) {
    EXPECT_EQ(Parsed(c.a).IsAsSpecificAs(Parsed(c.b)), c.covers) << c.a << " " << c.b;
  }
}

}  // namespace
}  // namespace portcullis::route
