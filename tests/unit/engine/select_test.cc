#include "server/engine/select.h"

#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kRole = "arn:aws:iam::444455556666:role/r";

class SelectTest : public testing::Test {
 protected:
  SelectTest() {
    world.Account(kAccount);
    world.Account(kOther);
    world.Group(kAccount, "g", {Allow("s3:GetObject", "*")});
    world.User(kAccount, "ana").groups.push_back({"g", {}});
    world.Role(kOther, "r", Trust(kAccount));
    world.Resource(kOther, "arn:aws:s3:::bucket");
    AddTagged();
    world.Publish();
    snapshot = world.store.Current();
    caller = *IdentifyCaller(World::Arn(kAna), World::TrustedPeer(), *snapshot,
                             world.revocations.get(), world.clock.Now());
  }

  // One of each other kind of thing that has tags.
  void AddTagged() {
    const auto at = [](std::string_view text) { return store::Located{std::string(text), {1, 1}}; };
    const std::vector<store::TagDefinition> tags = {{at("team"), at("storefront")}};
    store::FileDefinitions& file = world.definitions();
    world.ManagedPolicy(kAccount, "P", Allow("s3:GetObject", "*"));
    file.managed_policies.back().tags = tags;
    auto& profile = file.instance_profiles.emplace_back();
    profile.account = at(kAccount);
    profile.name = at("Web");
    profile.tags = tags;
    auto& oidc = file.oidc_providers.emplace_back();
    oidc.account = at(kAccount);
    oidc.url = at("https://idp.example.com");
    oidc.client_ids = {at("x")};
    oidc.tags = tags;
    auto& saml = file.saml_providers.emplace_back();
    saml.account = at(kAccount);
    saml.name = at("Corp");
    saml.metadata.text = std::make_shared<const std::string>("<EntityDescriptor/>");
    saml.tags = tags;
    store::MfaDeviceDefinition device = {at("arn:aws:iam::111122223333:mfa/ana"), {}};
    device.tags = tags;
    file.users.back().mfa_devices.push_back(device);
  }

  World world;
  std::shared_ptr<const store::Snapshot> snapshot;
  Caller caller;
};

TEST_F(SelectTest, OwnerOfARegisteredResource) {
  const SelectedResource object =
      SelectResource("arn:aws:s3:::bucket/key", "s3:getobject", caller, *snapshot);
  EXPECT_EQ(object.facts.account_id, kOther);
  const SelectedResource unknown =
      SelectResource("arn:aws:s3:::elsewhere/key", "s3:getobject", caller, *snapshot);
  EXPECT_EQ(unknown.facts.account_id, kAccount);
  const SelectedResource foreign =
      SelectResource("arn:aws:sqs:eu-west-1:999999999999:q", "sqs:send", caller, *snapshot);
  EXPECT_EQ(foreign.facts.account_id, "999999999999");
  EXPECT_EQ(foreign.facts.account, nullptr);
  EXPECT_EQ(foreign.facts.region, "eu-west-1");
}

TEST_F(SelectTest, WhateverIamKeepsHasItsTags) {
  for (const char* arn :
       {"arn:aws:iam::111122223333:policy/P", "arn:aws:iam::111122223333:instance-profile/Web",
        "arn:aws:iam::111122223333:oidc-provider/idp.example.com",
        "arn:aws:iam::111122223333:saml-provider/Corp", "arn:aws:iam::111122223333:mfa/ana"}) {
    const SelectedResource resource = SelectResource(arn, "iam:get", caller, *snapshot);
    EXPECT_EQ(resource.facts.account_id, kAccount) << arn;
    EXPECT_TRUE(resource.facts.iam_entity) << arn;
    ASSERT_NE(resource.facts.tags, nullptr) << arn;
    ASSERT_EQ(resource.facts.tags->size(), 1u) << arn;
    EXPECT_EQ(resource.facts.tags->front().value, "storefront") << arn;
  }
  const SelectedResource unknown =
      SelectResource("arn:aws:iam::111122223333:policy/Q", "iam:getpolicy", caller, *snapshot);
  EXPECT_FALSE(unknown.facts.iam_entity);
  EXPECT_EQ(unknown.facts.tags, nullptr);
}

TEST_F(SelectTest, ThePlatformsPoliciesAreTheCallersToRead) {
  const SelectedResource platform = SelectResource("arn:aws:iam::aws:policy/AdministratorAccess",
                                                   "iam:getpolicy", caller, *snapshot);
  EXPECT_TRUE(platform.facts.platform);
  EXPECT_EQ(platform.facts.account_id, kAccount);
  EXPECT_EQ(platform.facts.account, nullptr);
  const SelectedResource elsewhere =
      SelectResource("arn:aws:s3::aws:b", "s3:getobject", caller, *snapshot);
  EXPECT_FALSE(elsewhere.facts.platform);
  EXPECT_EQ(elsewhere.facts.account_id, "aws");
}

TEST_F(SelectTest, TrustPolicySpeaksAboutStsOnly) {
  const SelectedResource assume = SelectResource(kRole, "sts:assumerole", caller, *snapshot);
  EXPECT_NE(assume.policy, nullptr);
  EXPECT_TRUE(assume.requires_resource_policy);
  EXPECT_TRUE(assume.is_role_trust);
  const SelectedResource get = SelectResource(kRole, "iam:getrole", caller, *snapshot);
  EXPECT_EQ(get.policy, nullptr);
  EXPECT_FALSE(get.requires_resource_policy);
  EXPECT_EQ(get.facts.account_id, kOther);
}

TEST_F(SelectTest, GroupsAreAskedToo) {
  policy::EffectivePolicies policies;
  SelectPolicies(caller, SelectResource("*", "s3:getobject", caller, *snapshot), *snapshot,
                 &policies);
  size_t statements = 0;
  for (const policy::CompiledPolicySet* set : policies.identity)
    statements += set->statement_count();
  EXPECT_EQ(statements, 1u);
  EXPECT_FALSE(policies.identity_is_all);
  EXPECT_FALSE(policies.session_limited);
  EXPECT_EQ(policies.boundary, nullptr);
}

TEST_F(SelectTest, AssertedFederatedUserHasNoIdentitySide) {
  const Caller federated =
      *IdentifyCaller(World::Arn("arn:aws:sts::111122223333:federated-user/bob"),
                      World::TrustedPeer(), *snapshot, world.revocations.get(), world.clock.Now());
  policy::EffectivePolicies policies;
  SelectPolicies(federated, SelectResource("*", "s3:getobject", federated, *snapshot), *snapshot,
                 &policies);
  EXPECT_TRUE(policies.identity.empty());
  EXPECT_FALSE(policies.identity_is_all);
  EXPECT_TRUE(policies.session_limited);
}

}  // namespace
}  // namespace portcullis::engine
