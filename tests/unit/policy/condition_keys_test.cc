#include "server/policy/condition_keys.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::policy {
namespace {

TEST(FindConditionKey, DisregardsCase) {
  for (const std::string_view name : {"aws:SourceIp", "AWS:SOURCEIP", "aws:sourceip"}) {
    const ConditionKey* const key = FindConditionKey(name);
    ASSERT_NE(key, nullptr) << name;
    EXPECT_EQ(key->name, "aws:SourceIp");
    EXPECT_EQ(key->type, KeyValueType::kIp);
  }
}

TEST(FindConditionKey, FindsEveryRow) {
  for (const ConditionKey& key : ConditionKeys()) {
    EXPECT_EQ(FindConditionKey(key.prefix ? std::string(key.name) + "x" : std::string(key.name)),
              &key);
  }
}

// everything after the first slash is the tag key.
TEST(FindConditionKey, FindsFamilies) {
  const ConditionKey* const family = FindConditionKey("aws:PrincipalTag/team");
  ASSERT_NE(family, nullptr);
  EXPECT_EQ(family->name, "aws:PrincipalTag/");
  EXPECT_EQ(FindConditionKey("AWS:principaltag/a/b:c d"), family);
  EXPECT_EQ(FindConditionKey("aws:PrincipalTag/"), nullptr);
  EXPECT_EQ(FindConditionKey("aws:PrincipalTag"), nullptr);
}

TEST(FindConditionKey, KnowsNoOthers) {
  for (const std::string_view name : {"", "aws:", "aws:SourceIpx", "s3:prefix", "aws:SourceIp/x",
                                      "bws:SourceIp", "zzz:principalarn", "saml:au"}) {
    EXPECT_EQ(FindConditionKey(name), nullptr) << name;
  }
}

// The keys marked [] in sections 3.2 to 3.6.
TEST(ConditionKeys, KnowWhichAreMultivalued) {
  for (const std::string_view name :
       {"aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList", "aws:VpceOrgPaths", "aws:TagKeys",
        "aws:ResourceOrgPaths", "aws:CalledVia", "aws:SourceOrgPaths", "sts:TransitiveTagKeys",
        "sts:RequestContextProviders", "sts:IdentityTokenAudience", "saml:cn"}) {
    ASSERT_NE(FindConditionKey(name), nullptr) << name;
    EXPECT_TRUE(FindConditionKey(name)->multivalued) << name;
  }
  for (const std::string_view name : {"aws:PrincipalArn", "aws:CalledViaFirst", "aws:RequestTag/k",
                                      "sts:ExternalId", "aws:PrincipalServiceName"}) {
    ASSERT_NE(FindConditionKey(name), nullptr) << name;
    EXPECT_FALSE(FindConditionKey(name)->multivalued) << name;
  }
}

TEST(IsReservedNamespace, CoversWhatOnlyPortcullisFills) {
  for (const std::string_view name : {"aws:anything", "AWS:Anything", "sts:x", "iam:x", "saml:x",
                                      "accounts.google.com:sub", "oidc.example.com/id/ABC:sub"}) {
    EXPECT_TRUE(IsReservedNamespace(name)) << name;
  }
  for (const std::string_view name :
       {"s3:prefix", "shop:colour", "awsx:y", "aws", "", "s3:ExistingObjectTag/a.b:c"}) {
    EXPECT_FALSE(IsReservedNamespace(name)) << name;
  }
}

// Contexts fold names with Unicode's folding, in which U+017F is an `s` and U+212A a `k`: such a
// name must not pass where its folded form does not.
TEST(IsReservedNamespace, IsNotFooledByFolding) {
  EXPECT_TRUE(IsReservedNamespace("aw\u017F:PrincipalAccount"));
  EXPECT_FALSE(MaySupply("aw\u017F:PrincipalAccount", /*trusted_pep=*/true));
  EXPECT_FALSE(MaySupply("aws:To\u212AenIssueTime", /*trusted_pep=*/true));
  EXPECT_EQ(FindConditionKey("aws:To\u212AenIssueTime"), FindConditionKey("aws:TokenIssueTime"));
}

TEST(MaySupply, FollowsTheSetter) {
  // Facts that Portcullis authenticates.
  for (const std::string_view name :
       {"aws:PrincipalArn", "aws:PrincipalTag/team", "aws:username", "sts:ExternalId",
        "aws:MultiFactorAuthPresent", "saml:sub", "aws:CurrentTime"}) {
    EXPECT_FALSE(MaySupply(name, true)) << name;
    EXPECT_FALSE(MaySupply(name, false)) << name;
  }
  // Facts that the PEP sees.
  for (const std::string_view name : {"aws:SourceIp", "aws:ResourceTag/team", "aws:RequestTag/k",
                                      "aws:TagKeys", "iam:PassedToService"}) {
    EXPECT_TRUE(MaySupply(name, true)) << name;
    EXPECT_FALSE(MaySupply(name, false)) << name;
  }
  // Keys of services and integrators.
  EXPECT_TRUE(MaySupply("shop:colour", false));
  // What is reserved and unknown is refused from everybody.
  EXPECT_FALSE(MaySupply("aws:NoSuchKey", true));
  EXPECT_FALSE(MaySupply("id.example.com:sub", true));
}

}  // namespace
}  // namespace portcullis::policy
