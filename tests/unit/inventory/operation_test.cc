#include "server/inventory/operation.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

// Section 6 of the Query API's facts, and what of the model is about the same entities.
constexpr std::string_view kNames[] = {
    "GetAccountAuthorizationDetails",
    "GetAccountSummary",
    "GetContextKeysForCustomPolicy",
    "GetContextKeysForPrincipalPolicy",
    "GetGroup",
    "GetGroupPolicy",
    "GetInstanceProfile",
    "GetLoginProfile",
    "GetMFADevice",
    "GetOpenIDConnectProvider",
    "GetPolicy",
    "GetPolicyVersion",
    "GetRole",
    "GetRolePolicy",
    "GetSAMLProvider",
    "GetSSHPublicKey",
    "GetServerCertificate",
    "GetUser",
    "GetUserPolicy",
    "ListAccessKeys",
    "ListAccountAliases",
    "ListAttachedGroupPolicies",
    "ListAttachedRolePolicies",
    "ListAttachedUserPolicies",
    "ListEntitiesForPolicy",
    "ListGroupPolicies",
    "ListGroups",
    "ListGroupsForUser",
    "ListInstanceProfileTags",
    "ListInstanceProfiles",
    "ListInstanceProfilesForRole",
    "ListMFADeviceTags",
    "ListMFADevices",
    "ListOpenIDConnectProviderTags",
    "ListOpenIDConnectProviders",
    "ListPolicies",
    "ListPolicyTags",
    "ListPolicyVersions",
    "ListRolePolicies",
    "ListRoleTags",
    "ListRoles",
    "ListSAMLProviderTags",
    "ListSAMLProviders",
    "ListSSHPublicKeys",
    "ListServerCertificateTags",
    "ListServerCertificates",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "ListUserPolicies",
    "ListUserTags",
    "ListUsers",
    "ListVirtualMFADevices",
};

TEST(Operations, AreAllThere) {
  std::vector<std::string_view> names;
  for (const Operation& operation : Operations()) names.push_back(operation.name);
  EXPECT_EQ(names, std::vector<std::string_view>(std::begin(kNames), std::end(kNames)));
}

TEST(Operations, AreFoundByTheirExactName) {
  for (const std::string_view name : kNames) {
    ASSERT_NE(FindOperation(name), nullptr) << name;
    EXPECT_EQ(FindOperation(name)->name, name);
  }
  for (const std::string_view name : {"", "listusers", "ListUser", "ListUsers2", "CreateUser"}) {
    EXPECT_EQ(FindOperation(name), nullptr) << name;
  }
}

TEST(Operations, EveryListingThatPagesHasBothParameters) {
  for (const Operation& operation : Operations()) {
    const auto has = [&](std::string_view name) {
      return std::any_of(operation.parameters.begin(), operation.parameters.end(),
                         [&](const ParameterRule& rule) { return rule.name == name; });
    };
    EXPECT_EQ(has("Marker"), has("MaxItems")) << operation.name;
    for (const ParameterRule& rule : operation.parameters) {
      EXPECT_EQ(rule.text != nullptr, rule.type == ParameterRule::Type::kText) << operation.name;
    }
  }
}

// A bad marker, a missing name and a number out of bounds are refused by whoever has them.
TEST(Operations, BadParameters) {
  const World world;
  for (const Operation& operation : Operations()) {
    for (const ParameterRule& rule : operation.parameters) {
      Given given;
      if (rule.type == ParameterRule::Type::kInteger) given = {{rule.name, "1001"}};
      if (rule.type == ParameterRule::Type::kOneOf) given = {{rule.name, "Nonsense"}};
      if (rule.type == ParameterRule::Type::kText) given = {{rule.name, ""}};
      if (rule.type == ParameterRule::Type::kBoolean) given = {{rule.name, "yes"}};
      EXPECT_EQ(world.Call(operation.name, given).substr(0, 16), "ValidationError:")
          << operation.name << " " << rule.name;
    }
  }
}

}  // namespace
}  // namespace portcullis::inventory
