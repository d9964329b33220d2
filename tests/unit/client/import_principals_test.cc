#include "client/import_principals.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/json_reader.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;

TEST(ImportPrincipalsTest, FindsAccountsAndProviders) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  ASSERT_TRUE(base::ReadJson(R"({"Statement":[
    {"Principal":{"AWS":["111111111111","arn:aws:iam::123456789012:user/own","AIDAEXAMPLE","*"]}},
    {"Principal":"*"},
    {"NotPrincipal":{"AWS":"arn:aws:sts::222222222222:assumed-role/r/s"}},
    {"Principal":{"Service":"ec2.amazonaws.com"}},
    {"Principal":{"Federated":["arn:aws:iam::333333333333:saml-provider/Theirs",
                               "arn:aws:iam::123456789012:saml-provider/Ours",
                               "cognito-identity.amazonaws.com"]}},
    {"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/idp.example.com/x"},
     "Condition":{"StringEquals":{"IDP.example.com/x:aud":["a","b"],"idp.example.com/x:sub":"c"},
                  "StringLike":{"idp.example.com/x:aud":"d*"}}},
    {"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/bare.example.com"}}]})",
                             {}, &tree, &errors));
  AwsAccount account;
  account.id.text = "123456789012";
  account.roles.emplace_back().trust_policy = {&tree.root(), {0, {1, 1}}, false};
  const NamedPrincipals found = FindNamedPrincipals(account);
  EXPECT_THAT(found.external_accounts,
              ElementsAre(Key("111111111111"), Key("222222222222"), Key("333333333333")));
  EXPECT_THAT(found.saml_providers, ElementsAre(Key("Ours")));
  ASSERT_THAT(found.oidc_providers, ElementsAre(Key("bare.example.com"), Key("idp.example.com/x")));
  EXPECT_THAT(found.oidc_providers.at("idp.example.com/x").aud, ElementsAre("a", "b"));
  EXPECT_TRUE(found.oidc_providers.at("bare.example.com").aud.empty());
  EXPECT_EQ(found.external_accounts.at("111111111111").position.line, 2U);
}

TEST(ImportPrincipalsTest, PlacesInDecodedDocumentsAreThoseOfTheirTexts) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  ASSERT_TRUE(base::ReadJson("{\"Statement\":\n{\"Principal\":{\"AWS\":\"111111111111\"}}}", {},
                             &tree, &errors));
  AwsAccount account;
  account.id.text = "123456789012";
  account.resources.emplace_back().policy = {&tree.root(), {3, {7, 8}}, true};
  const NamedPrincipals found = FindNamedPrincipals(account);
  const ImportPlace& place = found.external_accounts.at("111111111111");
  EXPECT_EQ(place.input, 3U);
  EXPECT_EQ(place.position.line, 7U);
  EXPECT_EQ(place.position.column, 8U);
}

}  // namespace
}  // namespace portcullis::client
