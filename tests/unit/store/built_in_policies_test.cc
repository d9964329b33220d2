#include "server/store/built_in_policies.h"

#include "gtest/gtest.h"

#include "server/policy/evaluate.h"

namespace portcullis::store {
namespace {

policy::Effect Ask(const policy::EffectivePolicies& policies, std::string_view resource) {
  policy::RequestContext context;
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kUser;
  principal.arn = "arn:aws:iam::111111111111:user/ana";
  principal.account = "111111111111";
  policy::AuthorizationRequest request;
  policy::PrepareRequest(principal, "s3:GetObject", resource, "111111111111", &context, &request);
  return policy::Evaluate(policies, request).effect;
}

std::unique_ptr<const policy::CompiledPolicySet> SetOf(policy::SharedPolicy compiled) {
  return policy::CompiledPolicySet::Make({{std::move(compiled), "x", nullptr}});
}

// both allow everything, and grant nothing by themselves.
TEST(BuiltInPoliciesTest, OrganizationDefaultsRestrictNothing) {
  ASSERT_EQ(FullAwsAccessPolicy()->statements().size(), 1u);
  ASSERT_EQ(RcpFullAwsAccessPolicy()->statements().size(), 1u);
  const auto service_control = SetOf(FullAwsAccessPolicy());
  const auto resource_control = SetOf(RcpFullAwsAccessPolicy());
  for (const char* resource : {"arn:aws:s3:::b/x", "*"}) {
    policy::EffectivePolicies policies;
    policies.service_control.push_back(service_control.get());
    policies.resource_control.push_back(resource_control.get());
    EXPECT_EQ(Ask(policies, resource), policy::Effect::kImplicitDeny);
    policies.identity_is_all = true;
    EXPECT_EQ(Ask(policies, resource), policy::Effect::kAllow);
  }
}

TEST(BuiltInPoliciesTest, PlatformPoliciesCompile) {
  for (const PlatformPolicy& platform : PlatformPolicies()) {
    std::vector<policy::Diagnostic> diagnostics;
    EXPECT_NE(policy::CompilePolicyJson(platform.document, policy::PolicyType::kManaged,
                                        policy::PolicyLimits(), &diagnostics),
              nullptr)
        << platform.name;
    EXPECT_TRUE(diagnostics.empty()) << platform.name;
    EXPECT_FALSE(platform.description.empty());
  }
}

}  // namespace
}  // namespace portcullis::store
