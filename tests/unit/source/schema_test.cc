#include "server/source/schema.h"

#include <fstream>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The published schema and the tables of this module describe the same fields.
TEST(SchemaTest, PublishedSchemaHasTheSameFields) {
  std::ifstream file("config/schema/portcullis.schema.json");
  const nlohmann::json schema = nlohmann::json::parse(file);
  for (const SchemaObject& object : SchemaObjects()) {
    const nlohmann::json& published =
        object.name == "File" ? schema : schema.at("$defs").at(std::string(object.name));
    std::set<std::string> published_fields;
    for (const auto& [name, value] : published.at("properties").items()) {
      published_fields.insert(name);
    }
    std::set<std::string> published_required;
    for (const auto& name : published.value("required", nlohmann::json::array())) {
      published_required.insert(name);
    }
    std::set<std::string> fields;
    std::set<std::string> required;
    for (const SchemaField& field : object.fields) {
      fields.insert(std::string(field.name));
      if (field.required) required.insert(std::string(field.name));
    }
    EXPECT_EQ(fields, published_fields) << object.name;
    EXPECT_EQ(required, published_required) << object.name;
    EXPECT_EQ(published.at("additionalProperties"), false) << object.name;
  }
}

TEST(SchemaTest, AccountsResourcesAndProviders) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Accounts:
- AccountId: "111111111111"
  AccountAlias: dev
- {AccountId: "999999999999", External: true, Suspended: true}
Resources:
- ResourceArn: arn:aws:s3:::b
  RequiresResourcePolicy: true
  Tags: [{Key: k, Value: v}]
OIDCProviders:
- {Url: "https://idp.example.com", ClientIdList: [a, b], ThumbprintList: [c]}
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::FileDefinitions& file = *parsed.definitions;
  EXPECT_EQ(*file.file, "a.yaml");
  ASSERT_EQ(file.accounts.size(), 2u);
  EXPECT_EQ(file.accounts[0].alias.text, "dev");
  EXPECT_FALSE(file.accounts[0].external);
  EXPECT_TRUE(file.accounts[1].external);
  EXPECT_TRUE(file.accounts[1].suspended);
  EXPECT_EQ(file.resources.at(0).account.text, "111111111111");
  EXPECT_TRUE(file.resources.at(0).requires_resource_policy);
  EXPECT_EQ(file.resources.at(0).tags.size(), 1u);
  EXPECT_FALSE(file.resources.at(0).policy.has_value());
  EXPECT_EQ(file.oidc_providers.at(0).client_ids.size(), 2u);
  EXPECT_EQ(file.oidc_providers.at(0).thumbprints.size(), 1u);
}

TEST(SchemaTest, AFileMustSayWhoseItIs) {
  EXPECT_THAT(ParseText("Users: []\nResources: []\n").diagnostics,
              ElementsAre("a.yaml:1:1: error: `Users` needs `Account` at the top of the file: the "
                          "account that they belong to",
                          "a.yaml:2:1: error: `Resources` needs `Account` at the top of the file: "
                          "the account that they belong to"));
}

TEST(SchemaTest, TheTopIsAMappingOfKnownFields) {
  EXPECT_THAT(ParseText("- a\n").diagnostics,
              ElementsAre("a.yaml:1:1: error: expected the fields of a `File`, got a list"));
  EXPECT_THAT(ParseText("Acounts: []\n").diagnostics,
              ElementsAre("a.yaml:1:1: error: unknown field `Acounts` of `File`; did you mean "
                          "`Accounts`?"));
  EXPECT_THAT(ParseText("").diagnostics, ElementsAre("a.yaml:1:1: error: text is empty"));
  EXPECT_THAT(ParseText("a: [\n").diagnostics,
              ElementsAre("a.yaml:2:1: error: end of sequence flow not found"));
}

}  // namespace
}  // namespace portcullis::source
