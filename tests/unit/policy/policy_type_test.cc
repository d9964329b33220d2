#include "server/policy/policy_type.h"

#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::policy {
namespace {

// Section 1.10 and; resource-based policies have no quota of IAM's own.
TEST(TraitsOf, HasTheQuotas) {
  EXPECT_EQ(TraitsOf(PolicyType::kInlineIdentity).size_max, 10240u);
  EXPECT_EQ(TraitsOf(PolicyType::kManaged).size_max, 6144u);
  EXPECT_EQ(TraitsOf(PolicyType::kSession).size_max, 131072u);
  EXPECT_EQ(TraitsOf(PolicyType::kTrust).size_max, 4096u);
  EXPECT_EQ(TraitsOf(PolicyType::kServiceControl).size_max, 5120u);
  EXPECT_EQ(TraitsOf(PolicyType::kResourceControl).size_max, 5120u);
}

//
TEST(TraitsOf, DemandsVersion2012WhereIamDoes) {
  const std::set<PolicyType> demanding = {PolicyType::kManaged, PolicyType::kServiceControl,
                                          PolicyType::kResourceControl};
  for (int i = 0; i < kPolicyTypeCount; ++i) {
    const auto type = static_cast<PolicyType>(i);
    EXPECT_EQ(TraitsOf(type).version_2012_required, demanding.contains(type)) << i;
  }
}

//
TEST(TraitsOf, SaysWhichElementsAreLegal) {
  EXPECT_EQ(TraitsOf(PolicyType::kManaged).principal, ElementRule::kForbidden);
  EXPECT_EQ(TraitsOf(PolicyType::kSession).principal, ElementRule::kForbidden);
  EXPECT_EQ(TraitsOf(PolicyType::kServiceControl).principal, ElementRule::kForbidden);
  EXPECT_EQ(TraitsOf(PolicyType::kTrust).principal, ElementRule::kRequired);
  EXPECT_EQ(TraitsOf(PolicyType::kResourceControl).principal, ElementRule::kRequired);
  EXPECT_EQ(TraitsOf(PolicyType::kTrust).resource, ElementRule::kForbidden);
  EXPECT_EQ(TraitsOf(PolicyType::kResource).resource, ElementRule::kOptional);
  EXPECT_EQ(TraitsOf(PolicyType::kInlineIdentity).resource, ElementRule::kRequired);
  for (int i = 0; i < kPolicyTypeCount; ++i) {
    const auto type = static_cast<PolicyType>(i);
    EXPECT_EQ(TraitsOf(type).not_principal_allowed, type == PolicyType::kResource) << i;
    EXPECT_EQ(TraitsOf(type).allow_effect_allowed, type != PolicyType::kResourceControl) << i;
  }
}

TEST(TraitsOf, NamesEveryTypeDifferently) {
  std::set<std::string_view> names;
  for (int i = 0; i < kPolicyTypeCount; ++i) {
    names.insert(TraitsOf(static_cast<PolicyType>(i)).name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kPolicyTypeCount));
}

// The words of.
TEST(PolicyKindName, IsAsInDenials) {
  EXPECT_EQ(PolicyKindName(PolicyKind::kNone), "");
  EXPECT_EQ(PolicyKindName(PolicyKind::kResourceControl), "resource control policy");
  EXPECT_EQ(PolicyKindName(PolicyKind::kServiceControl), "service control policy");
  EXPECT_EQ(PolicyKindName(PolicyKind::kResource), "resource-based policy");
  EXPECT_EQ(PolicyKindName(PolicyKind::kIdentity), "identity-based policy");
  EXPECT_EQ(PolicyKindName(PolicyKind::kBoundary), "permissions boundary");
  EXPECT_EQ(PolicyKindName(PolicyKind::kSession), "session policy");
}

}  // namespace
}  // namespace portcullis::policy
