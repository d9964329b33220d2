#include "server/route/query_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

// Each parameter as "name=value", or "name" if it has none, with marks for `;` and `+`.
std::string Decoded(std::string_view raw) {
  std::vector<QueryParameter> parameters;
  const absl::Status status = DecodeQuery(raw, false, &parameters);
  if (!status.ok()) return Reason(status);
  std::string text;
  for (const QueryParameter& p : parameters) {
    text += base::StrCat(text.empty() ? "" : "|", p.name, p.has_value ? "=" + p.value : "",
                         p.has_semicolon ? " (;)" : "", p.has_plus ? " (+)" : "");
  }
  return text;
}

struct QueryCase {
  std::string raw;
  std::string expected;
};

TEST(DecodeQuery, SplitsAndDecodesOnce) {
  const std::vector<QueryCase> cases = {
      {"", ""},
      {"acl", "acl"},
      {"acl=", "acl="},
      {"a=1&b=2", "a=1|b=2"},
      {"a=1&&b=2&", "a=1|b=2"},
      {"a=1&a=2", "a=1|a=2"},
      {"a=b=c", "a=b=c"},
      {"a=%26b", "a=&b"},
      {"a%3d1=2", "a=1=2"},
      {"a=1%2B1", "a=1+1"},
      {"a=1+1", "a=1 1 (+)"},
      {"a=1;b=2", "a=1;b=2 (;)"},  // CVE-2021-23336.
      {"a=%252f", "a=%2f"},
      {"a=/?:@", "a=/?:@"},
      {"=x", "=x"},
      {"a=%C3%A4", "a=\xc3\xa4"},
  };
  for (const QueryCase& c : cases) EXPECT_EQ(Decoded(c.raw), c.expected) << c.raw;
}

TEST(DecodeQuery, MarksWhereReplacedBytesMayHaveBeen) {
  for (const bool bytes_replaced : {false, true}) {
    std::vector<QueryParameter> parameters;
    ASSERT_TRUE(DecodeQuery("a=b!&c!=d&e=f%21", bytes_replaced, &parameters).ok());
    ASSERT_EQ(parameters.size(), 3u);
    EXPECT_EQ(parameters[0].may_have_lost_bytes, bytes_replaced);
    EXPECT_EQ(parameters[1].may_have_lost_bytes, bytes_replaced);
    EXPECT_FALSE(parameters[2].may_have_lost_bytes);
  }
}

TEST(DecodeQuery, Refuses) {
  const std::vector<QueryCase> cases = {
      {"a=%", "MALFORMED_REQUEST"},        {"a=%2", "MALFORMED_REQUEST"},
      {"%zz=1", "MALFORMED_REQUEST"},      {"a=%ff", "MALFORMED_REQUEST"},
      {"a=%c0%af", "MALFORMED_REQUEST"},   {"a=b c", "MALFORMED_REQUEST"},
      {"a=\xc3\xa4", "MALFORMED_REQUEST"}, {"a=\x01", "MALFORMED_REQUEST"},
      {"a=1#b", "AMBIGUOUS_PATH"},
  };
  for (const QueryCase& c : cases) EXPECT_EQ(Decoded(c.raw), c.expected) << c.raw;
}

TEST(DecodeQuery, BoundsParameters) {
  std::string raw;
  for (size_t i = 0; i < kQueryParametersMax; ++i) raw += "&a";
  std::vector<QueryParameter> at;
  EXPECT_TRUE(DecodeQuery(raw, false, &at).ok());
  EXPECT_EQ(at.size(), kQueryParametersMax);
  std::vector<QueryParameter> past;
  EXPECT_EQ(Reason(DecodeQuery(raw + "&a", false, &past)), "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace portcullis::route
