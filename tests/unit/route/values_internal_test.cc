#include "server/route/values_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct ValueCase {
  std::string name;
  TestRequest request;
  std::string expected;  // The value, or "!" and the detail.
};

// Section 5, items 5 and 8.
TEST(OnlyHeaderValue, IsTheOneThatEveryReaderTakes) {
  const std::vector<ValueCase> cases = {
      {"one", {"GET", "/", {{"x-a", "v"}}}, "v"},
      {"blanks around", {"GET", "/", {{"x-a", " v\t"}}}, "v"},
      {"comma", {"GET", "/", {{"x-a", "v,w"}}}, "v,w"},
      {"none", {"GET", "/"}, "!the header `x-a` is missing"},
      {"empty", {"GET", "/", {{"x-a", " "}}}, "!the header `x-a` is empty"},
      {"two", {"GET", "/", {{"x-a", "v"}, {"x-a", "v"}}}, "!the header `x-a` occurs several times"},
      {"joined", {"GET", "/", {{"x-a", "v,w"}}, {}, true}, "!the header `x-a` may be several"},
      {"garbled",
       {"GET", "/", {{"x-a", "v!w"}}, {}, true},
       "!the header `x-a` may have lost characters"},
      {"underscore beside it",
       {"GET", "/", {{"x-a", "v"}, {"x_a", "w"}}},
       "!the header `x-a` occurs several times"},
      {"underscore only", {"GET", "/", {{"x_a", "w"}}}, "!the header `x-a` is missing"},
      {"dot beside it",
       {"GET", "/", {{"x-a", "v"}, {"x.a", "w"}}},
       "!the header `x-a` occurs several times"},
      {"another letter beside it", {"GET", "/", {{"x-a", "v"}, {"xba", "w"}}}, "v"},
  };
  for (const ValueCase& c : cases) {
    const auto value = OnlyHeaderValue(c.request.View(), "x-a");
    EXPECT_EQ(value.ok() ? std::string(*value) : "!" + std::string(value.status().message()),
              c.expected)
        << c.name;
    if (!value.ok()) {
      EXPECT_EQ(Reason(value.status()), "MISSING_VALUE") << c.name;
    }
  }
}

TEST(OnlyQueryValue, IsTheOneThatEveryReaderTakes) {
  const std::vector<ValueCase> cases = {
      {"one", {"GET", "/?a=v"}, "v"},
      {"encoded", {"GET", "/?a=v%2Bw%3B"}, "v+w;"},
      {"others", {"GET", "/?b=1&a=v&c=x+y"}, "v"},
      {"none", {"GET", "/?b=1"}, "!the query parameter `a` is missing"},
      {"no value", {"GET", "/?a"}, "!the query parameter `a` is empty"},
      {"empty", {"GET", "/?a="}, "!the query parameter `a` is empty"},
      {"two", {"GET", "/?a=1&a=1"}, "!the query parameter `a` occurs several times"},
      {"in capitals, too", {"GET", "/?a=1&A=2"}, "!the query parameter `a` occurs several times"},
      {"in capitals only", {"GET", "/?A=1"}, "!the query parameter `a` is missing"},
      {"plus", {"GET", "/?a=v+w"}, "!the query parameter `a` has a `+`, which is a blank to some"},
      {"semicolon (CVE-2021-23336)",
       {"GET", "/?a=v&b=1;a=w"},
       "!the query parameter `a` is beside a `;`, which separates parameters to some"},
  };
  for (const ValueCase& c : cases) {
    const auto canonical = Canonicalize(c.request.View(), {});
    ASSERT_TRUE(canonical.ok()) << c.name;
    const auto value = OnlyQueryValue(*canonical, "a");
    EXPECT_EQ(value.ok() ? std::string(*value) : "!" + std::string(value.status().message()),
              c.expected)
        << c.name;
  }
}

// Section 5, item 8.
TEST(OnlyQueryValue, IsNoneThatMayHaveLostCharacters) {
  const TestRequest test{"GET", "/?a=v!&b=w%21&c!=x"};
  Request request = test.View();
  request.bytes_replaced = true;
  const auto canonical = Canonicalize(request, {});
  ASSERT_TRUE(canonical.ok());
  EXPECT_EQ(Reason(OnlyQueryValue(*canonical, "a").status()), "MISSING_VALUE");
  EXPECT_EQ(OnlyQueryValue(*canonical, "b").value_or(""), "w!");
  request.bytes_replaced = false;
  EXPECT_EQ(OnlyQueryValue(*Canonicalize(request, {}), "a").value_or(""), "v!");
}

struct MatchCase {
  std::string name;
  TestRequest request;
  std::string expected;
};

TEST(MatchHeader, KnowsWhenItCannotTell) {
  const std::vector<MatchCase> cases = {
      {"equal", {"GET", "/", {{"x-a", "v"}}}, "matches"},
      {"other", {"GET", "/", {{"x-a", "w"}}}, "no"},
      {"none", {"GET", "/"}, "no"},
      {"case counts", {"GET", "/", {{"x-a", "V"}}}, "no"},
      {"two equal", {"GET", "/", {{"x-a", "v"}, {"x-a", "v"}}}, "ambiguous"},
      {"one of two", {"GET", "/", {{"x-a", "w"}, {"x-a", "v"}}}, "ambiguous"},
      {"neither of two", {"GET", "/", {{"x-a", "w"}, {"x-a", "x"}}}, "no"},
      {"one of joined", {"GET", "/", {{"x-a", "w, v"}}, {}, true}, "ambiguous"},
      {"none of joined", {"GET", "/", {{"x-a", "w, x"}}, {}, true}, "no"},
      {"comma, not joined", {"GET", "/", {{"x-a", "w, v"}}}, "no"},
      {"underscore", {"GET", "/", {{"x_a", "v"}}}, "ambiguous"},
      {"dot", {"GET", "/", {{"x.a", "v"}}}, "ambiguous"},
  };
  for (const MatchCase& c : cases) {
    const HeaderMatch match = MatchHeader(c.request.View(), "x-a", "v");
    EXPECT_EQ(match.ambiguous ? "ambiguous"
              : match.matches ? "matches"
                              : "no",
              c.expected)
        << c.name;
  }
}

TEST(HasHeader, TakesUnderscoresForHyphens) {
  const TestRequest request = {"GET", "/", {{"x_a", "v"}}};
  EXPECT_TRUE(HasHeader(request.View(), "x-a"));
  EXPECT_FALSE(HasHeader(request.View(), "x-b"));
}

}  // namespace
}  // namespace portcullis::route
