#include "server/query/actions.h"

#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::query {
namespace {

constexpr std::string_view kSts = "2011-06-15";
constexpr std::string_view kIam = "2010-05-08";

TEST(Actions, AreOneRowEach) {
  std::set<std::string_view> names;
  for (const Action& action : Actions()) {
    EXPECT_TRUE(names.insert(action.name).second) << action.name;
    EXPECT_NE(action.answer, nullptr) << action.name;
    EXPECT_NE(action.metric, metrics::QueryAction::kOther) << action.name;
    EXPECT_EQ(FindAction(action.name, TraitsOf(action.service).version), &action);
  }
  EXPECT_GT(names.size(), 50u);
}

// Spec 5 and 6: every operation that has to be served.
TEST(Actions, AreAllThatIsNeeded) {
  for (const std::string_view name :
       {"AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken",
        "GetFederationToken", "GetCallerIdentity", "GetAccessKeyInfo",
        "DecodeAuthorizationMessage"}) {
    EXPECT_NE(FindAction(name, kSts), nullptr) << name;
    EXPECT_EQ(FindAction(name, kIam), nullptr) << name;
  }
  for (const std::string_view name : {"ListUsers",
                                      "GetUser",
                                      "ListUserTags",
                                      "ListGroups",
                                      "GetGroup",
                                      "ListGroupsForUser",
                                      "ListRoles",
                                      "GetRole",
                                      "ListRoleTags",
                                      "ListPolicies",
                                      "GetPolicy",
                                      "GetPolicyVersion",
                                      "ListPolicyVersions",
                                      "ListPolicyTags",
                                      "ListEntitiesForPolicy",
                                      "ListAttachedUserPolicies",
                                      "ListAttachedGroupPolicies",
                                      "ListAttachedRolePolicies",
                                      "ListUserPolicies",
                                      "GetUserPolicy",
                                      "ListGroupPolicies",
                                      "GetGroupPolicy",
                                      "ListRolePolicies",
                                      "GetRolePolicy",
                                      "GetAccountAuthorizationDetails",
                                      "GetAccountSummary",
                                      "GetAccountPasswordPolicy",
                                      "ListAccountAliases",
                                      "ListMFADevices",
                                      "ListVirtualMFADevices",
                                      "ListAccessKeys",
                                      "GetAccessKeyLastUsed",
                                      "GetLoginProfile",
                                      "ListOpenIDConnectProviders",
                                      "GetOpenIDConnectProvider",
                                      "ListSAMLProviders",
                                      "ListInstanceProfiles",
                                      "ListInstanceProfilesForRole",
                                      "SimulatePrincipalPolicy",
                                      "SimulateCustomPolicy",
                                      "GetContextKeysForPrincipalPolicy",
                                      "GetContextKeysForCustomPolicy",
                                      "GenerateCredentialReport",
                                      "GetCredentialReport",
                                      "GenerateServiceLastAccessedDetails",
                                      "GetServiceLastAccessedDetails",
                                      "GetServiceLastAccessedDetailsWithEntities",
                                      "ListPoliciesGrantingServiceAccess",
                                      "CreateUser",
                                      "DeleteRole",
                                      "AttachUserPolicy"}) {
    EXPECT_NE(FindAction(name, kIam), nullptr) << name;
    EXPECT_EQ(FindAction(name, kSts), nullptr) << name;
  }
}

TEST(Actions, OnlyFederationIsUnsigned) {
  for (const Action& action : Actions()) {
    const bool federation =
        action.name == "AssumeRoleWithWebIdentity" || action.name == "AssumeRoleWithSAML";
    EXPECT_EQ(action.is_signed, !federation) << action.name;
  }
}

TEST(FindAction, GoesByNameAndVersion) {
  EXPECT_EQ(FindAction("AssumeRoot", kSts), nullptr);
  EXPECT_EQ(FindAction("GetWebIdentityToken", kSts), nullptr);
  EXPECT_EQ(FindAction("GetDelegatedAccessToken", kSts), nullptr);
  EXPECT_EQ(FindAction("assumeRole", kSts), nullptr);
  EXPECT_EQ(FindAction("AssumeRole", ""), nullptr);
  EXPECT_EQ(FindAction("", kSts), nullptr);
  EXPECT_EQ(FindAction("zzz", kSts), nullptr);
}

}  // namespace
}  // namespace portcullis::query
