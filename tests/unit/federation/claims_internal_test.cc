#include "server/federation/claims_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/error_reason.h"
#include "server/base/json_reader.h"

namespace portcullis::federation {
namespace {

// The claims of one JSON object, which must be well-formed.
class Claims {
 public:
  explicit Claims(std::string_view json) {
    std::vector<base::TextError> errors;
    EXPECT_TRUE(base::ReadJson(json, {}, &tree_, &errors)) << json;
  }
  ClaimReader reader() const { return ClaimReader(tree_.root()); }

 private:
  base::NodeTree tree_;
};

void ExpectRefused(const absl::Status& status, std::string_view part, std::string_view what) {
  EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken") << what;
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos)
      << what << ": " << status.message();
}

TEST(ClaimReader, ReadsStrings) {
  const Claims claims(R"({"a":"x","empty":"","none":null,"list":["x"],"n":1})");
  EXPECT_EQ(*claims.reader().String("a"), "x");
  EXPECT_EQ(*claims.reader().String("empty"), "");
  EXPECT_EQ(*claims.reader().String("none"), std::nullopt);
  EXPECT_EQ(*claims.reader().String("absent"), std::nullopt);
  for (const char* name : {"list", "n"}) {
    ExpectRefused(claims.reader().String(name).status(), "must be a string", name);
    ExpectRefused(claims.reader().RequiredString(name).status(), "must be a string", name);
  }
  for (const char* name : {"empty", "none", "absent"}) {
    ExpectRefused(claims.reader().RequiredString(name).status(),
                  std::string("Missing a required claim: ") + name, name);
  }
}

TEST(ClaimReader, ReadsSecondsAsIntegersOnly) {  // R-5.64
  const auto seconds = [](std::string_view value) {
    const Claims claims(std::string(R"({"t":)") + std::string(value) + "}");
    return claims.reader().Seconds("t");
  };
  EXPECT_EQ(*seconds("0"), 0);
  EXPECT_EQ(*seconds("1790000000"), 1790000000);
  EXPECT_EQ(*seconds("253402300799"), 253402300799);
  EXPECT_EQ(*seconds("null"), std::nullopt);
  for (const char* value :
       {"1790000000.0", "1.79e9", "1790000000e0", "-1", "253402300800", "99999999999999999999",
        "\"1790000000\"", "true", "[1790000000]", "{}", "0.5"}) {
    ExpectRefused(seconds(value).status(), "Claim t must be an integer", value);
  }
  ExpectRefused(Claims("{}").reader().RequiredSeconds("exp").status(),
                "Missing a required claim: exp", "absent");
}

TEST(ClaimReader, TellsSingleFromMultivalued) {  // R-3.48, A-97, A-98
  const auto strings = [](std::string_view value) {
    const Claims claims(std::string(R"({"aud":)") + std::string(value) + "}");
    return claims.reader().Strings("aud");
  };
  EXPECT_EQ(**strings("\"x\""), (ClaimValues{{"x"}, false}));
  EXPECT_EQ(**strings(R"(["x"])"), (ClaimValues{{"x"}, false}));
  EXPECT_EQ(**strings(R"(["x","y"])"), (ClaimValues{{"x", "y"}, true}));
  EXPECT_EQ(**strings("[]"), (ClaimValues{{}, true}));
  EXPECT_EQ(*strings("null"), std::nullopt);
  for (const char* value : {"1", "true", "{}", "[1]", R"(["x",null])", R"([["x"]])"}) {
    ExpectRefused(strings(value).status(), "Claim aud must be", value);
  }
}

TEST(ClaimReader, ReadsScalarsAsTheyAreSpelled) {
  const Claims claims(
      R"({"s":"x","b":true,"i":-7,"l":["x",false,3],"f":1.5,"e":1e3,"o":{},"n":[null]})");
  EXPECT_EQ(**claims.reader().Scalars("s"), (ClaimValues{{"x"}, false}));
  EXPECT_EQ(**claims.reader().Scalars("b"), (ClaimValues{{"true"}, false}));
  EXPECT_EQ(**claims.reader().Scalars("i"), (ClaimValues{{"-7"}, false}));
  EXPECT_EQ(**claims.reader().Scalars("l"), (ClaimValues{{"x", "false", "3"}, true}));
  for (const char* name : {"f", "e", "o", "n"}) {
    ExpectRefused(claims.reader().Scalars(name).status(), "must be a string, boolean", name);
  }
}

struct Tags {
  std::vector<ClaimedTag> tags;
  std::vector<std::string> transitive;
};

absl::Status ReadTags(std::string_view json, Tags* read) {
  return Claims(json).reader().ReadTags(&read->tags, &read->transitive);
}

TEST(ClaimReader, ReadsTagsInBothForms) {  // R-5.50
  for (const char* json :
       {R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":["red"],"Cost":["7"]},
            "transitive_tag_keys":["Team"]}})",
        R"({"https://aws.amazon.com/tags":{"transitive_tag_keys":["Team"],
            "principal_tags":{"Team":"red","Cost":"7"}}})",
        R"({"https://aws.amazon.com/tags/principal_tags/Team":"red",
            "https://aws.amazon.com/tags/principal_tags/Cost":["7"],
            "https://aws.amazon.com/tags/transitive_tag_keys":["Team"]})"}) {
    Tags read;
    ASSERT_TRUE(ReadTags(json, &read).ok()) << json;
    EXPECT_EQ(read.tags, (std::vector<ClaimedTag>{{"Team", "red"}, {"Cost", "7"}})) << json;
    EXPECT_EQ(read.transitive, std::vector<std::string>{"Team"}) << json;
  }
  Tags slashes;
  ASSERT_TRUE(ReadTags(R"({"https://aws.amazon.com/tags/principal_tags/a/b":""})", &slashes).ok());
  EXPECT_EQ(slashes.tags, (std::vector<ClaimedTag>{{"a/b", ""}}));
  Tags none;
  ASSERT_TRUE(ReadTags(R"({"https://aws.amazon.com/tags":{},"tags":{"x":"y"}})", &none).ok());
  EXPECT_TRUE(none.tags.empty());
}

TEST(ClaimReader, RefusesTagsInAnyOtherForm) {  // R-5.50
  for (const char* json :
       {R"({"https://aws.amazon.com/tags":"Team=red"})", R"({"https://aws.amazon.com/tags":[]})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":["Team"]}})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":["red","blue"]}}})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":[]}}})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":7}}})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":null}}})",
        R"({"https://aws.amazon.com/tags":{"PrincipalTags":{"Team":"red"}}})",
        R"({"https://aws.amazon.com/tags":{"transitive_tag_keys":"Team"}})",
        R"({"https://aws.amazon.com/tags":{"transitive_tag_keys":[1]}})",
        R"({"https://aws.amazon.com/tags/principal_tags":{"Team":"red"}})",
        R"({"https://aws.amazon.com/tags/principal_tags/Team":{"x":"y"}})",
        R"({"https://aws.amazon.com/tags/principal_tags/Team":["red","blue"]})",
        R"({"https://aws.amazon.com/tags/transitive_tag_keys":"Team"})",
        R"({"https://aws.amazon.com/tags/session_tags/Team":"red"})",
        R"({"https://aws.amazon.com/tags":{"principal_tags":{"Team":"red"}},
            "https://aws.amazon.com/tags/principal_tags/Cost":"7"})"}) {
    Tags read;
    ExpectRefused(ReadTags(json, &read), "must be", json);
  }
}

}  // namespace
}  // namespace portcullis::federation
