#include "client/import_tree.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/federation/documents.h"
#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

AwsAccount SmallAccount() {
  AwsAccount account;
  account.id.text = "123456789012";
  for (const char* name : {"b", "a"}) {
    AwsUser& user = account.users.emplace_back();
    user.name = {name, {0, {7, 1}}};
    user.path.text = "/";
    user.groups = {{"y", {0, {7, 5}}}, {"x", {0, {7, 9}}}};
  }
  return account;
}

TEST(ImportTreeTest, WritesInTheOrderOfNamesAndKnowsWhereThingsCameFrom) {
  const auto files = MakeTree(SmallAccount(), {});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 2U);
  EXPECT_EQ((*files)[0].name, "account.yaml");
  const ImportedFile& users = (*files)[1];
  EXPECT_EQ(users.name, "users.yaml");
  EXPECT_EQ(users.yaml.text,
            "# Imported from account 123456789012 of AWS by `portcullis import`.\n"
            "# Its users.\n"
            "Account: \"123456789012\"\n"
            "Users:\n"
            "  - UserName: a\n"
            "    Groups:\n"
            "      - x\n"
            "      - \"y\"\n"
            "  - UserName: b\n"
            "    Groups:\n"
            "      - x\n"
            "      - \"y\"\n");
  ASSERT_NE(users.PlaceAt({7, 9}), nullptr);
  EXPECT_EQ(users.PlaceAt({7, 9})->position.column, 9U);
  EXPECT_EQ(users.PlaceAt({8, 9})->position.column, 5U);
  EXPECT_EQ(users.PlaceAt({1, 1}), nullptr);
}

// Nothing can be proved with what stands for a provider's metadata, and yet it can be loaded.
TEST(ImportTreeTest, ProvidersCanBeLoadedAndAdmitNobody) {
  NamedPrincipals principals;
  principals.saml_providers["Idp"] = {0, {3, 4}};
  principals.oidc_providers["idp.example.com"] = {{0, {5, 6}}, {}};
  const auto files = MakeTree(SmallAccount(), principals);
  ASSERT_TRUE(files.ok()) << files.status();
  std::map<std::string, std::string> texts;
  for (const ImportedFile& file : *files) texts[file.name] = file.yaml.text;
  const std::string& metadata = texts.at("identity/Idp-metadata.xml");
  EXPECT_TRUE(federation::CheckSamlMetadata(metadata).ok());
  EXPECT_THAT(metadata, HasSubstr("validUntil=\"1970-01-01T00:00:00Z\""));
  EXPECT_THAT(texts.at("saml-providers.yaml"), HasSubstr("File: identity/Idp-metadata.xml\n"));
  const std::string& oidc = texts.at("oidc-providers.yaml");
  EXPECT_THAT(oidc, HasSubstr("Url: https://idp.example.com\n"));
  EXPECT_EQ(oidc.find("JsonWebKeySet: "), std::string::npos);

  ImportReport report;
  report.AddFile("a.json");
  ReportProviders(principals, &report);
  EXPECT_THAT(Lines(report.not_carried()),
              ElementsAre(HasSubstr("SAML provider `Idp`: its metadata is not in the input"),
                          HasSubstr("its keys and audiences are not in the input")));
}

}  // namespace
}  // namespace portcullis::client
