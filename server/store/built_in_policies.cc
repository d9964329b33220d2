#include "server/store/built_in_policies.h"

#include <utility>
#include <vector>

namespace portcullis::store {
namespace {

policy::SharedPolicy Compile(std::string_view document, policy::PolicyType type) {
  std::vector<policy::Diagnostic> diagnostics;
  auto policy = policy::CompilePolicyJson(document, type, policy::PolicyLimits(), &diagnostics);
  if (policy != nullptr) return policy;
  // Cannot be; and if it could, it would deny.
  return policy::CompiledPolicy::MakeEmpty(type);
}

constexpr PlatformPolicy kPlatformPolicies[] = {
    {"AdministratorAccess", "Provides full access to all services and resources.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
     absl::CivilSecond(2015, 2, 6, 18, 39, 46)},
    {"AWSDenyAll", "Denies all access.",
     R"({"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny",)"
     R"("Action":["*"],"Resource":"*"}]})",
     absl::CivilSecond(2019, 5, 1, 22, 36, 14)},
};

}  // namespace

const policy::SharedPolicy& FullAwsAccessPolicy() {
  static const auto& policy = *new policy::SharedPolicy(
      Compile(kFullAwsAccessDocument, policy::PolicyType::kServiceControl));
  return policy;
}

const policy::SharedPolicy& RcpFullAwsAccessPolicy() {
  // By the grammar of resource-based policies: that of RCPs refuses Allow to everybody but the
  // platform (R-2.89).
  static const auto& policy =
      *new policy::SharedPolicy(Compile(kRcpFullAwsAccessDocument, policy::PolicyType::kResource));
  return policy;
}

absl::Span<const PlatformPolicy> PlatformPolicies() {
  return kPlatformPolicies;
}

}  // namespace portcullis::store
