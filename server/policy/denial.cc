#include "server/policy/denial.h"

#include "server/base/text.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {
namespace {

// "identity-based policy"; for a role's resource-based policy "role trust policy".
std::string_view KindName(PolicyKind kind, bool resource_policy_is_trust_policy) {
  if (kind == PolicyKind::kResource && resource_policy_is_trust_policy) return "role trust policy";
  return PolicyKindName(kind);
}

// With its article, as has it: a role has exactly one trust policy, so that takes "the".
std::string WithArticle(PolicyKind kind, bool resource_policy_is_trust_policy) {
  const std::string_view name = KindName(kind, resource_policy_is_trust_policy);
  if (kind == PolicyKind::kResource && resource_policy_is_trust_policy) {
    return base::Concat({"the ", name});
  }
  return base::Concat({kind == PolicyKind::kIdentity ? "an " : "a ", name});
}

// Whether the policy that failed belongs to another account than the caller's.
bool IsForeign(PolicyKind kind, const AuthorizationRequest& request) {
  const bool of_resource = kind == PolicyKind::kResource || kind == PolicyKind::kResourceControl;
  return of_resource && (request.principal.account.empty() ||
                         request.principal.account != request.resource_account);
}

std::string Reason(const Decision& decision, const AuthorizationRequest& request,
                   const DenialStyle& style) {
  const PolicyKind kind = decision.limited_by;
  if (kind == PolicyKind::kNone) return "";
  if (style.hide_foreign_reasons && IsForeign(kind, request)) return "";
  const bool trust = style.resource_policy_is_trust_policy;
  if (decision.effect == Effect::kExplicitDeny) {
    return base::Concat({" with an explicit deny in ", WithArticle(kind, trust)});
  }
  return base::Concat(
      {" because no ", KindName(kind, trust), " allows the ", request.action, " action"});
}

std::string_view CallerName(const Principal& principal) {
  return principal.arn.empty() ? "anonymous" : principal.arn;
}

bool IsFederationCall(const Principal& principal) {
  return principal.kind == PrincipalKind::kWebIdentity || principal.kind == PrincipalKind::kSaml;
}

bool HasGrantOf(const Decision& decision, PolicyKind kind) {
  for (const StatementRef& ref : decision.determining) {
    if (ref.kind == kind) return true;
  }
  return false;
}

}  // namespace

std::string DenialMessage(const Decision& decision, const AuthorizationRequest& request,
                          const DenialStyle& style) {
  if (IsFederationCall(request.principal)) {
    return base::Concat({"Not authorized to perform ", request.action});
  }
  return base::Concat({"User: ", CallerName(request.principal),
                       " is not authorized to perform: ", request.action,
                       " on resource: ", request.resource, Reason(decision, request, style)});
}

std::string AllowMessage(const Decision& decision, const AuthorizationRequest& request) {
  const bool identity = HasGrantOf(decision, PolicyKind::kIdentity);
  const bool resource = HasGrantOf(decision, PolicyKind::kResource);
  std::string grounds = "the caller is allowed everything in its account";
  if (identity && resource) {
    grounds = base::Concat({"an identity-based policy and a resource-based policy allow the ",
                            request.action, " action"});
  } else if (identity || resource) {
    const PolicyKind kind = identity ? PolicyKind::kIdentity : PolicyKind::kResource;
    grounds = base::Concat({WithArticle(kind, false), " allows the ", request.action, " action"});
  }
  return base::Concat({"User: ", CallerName(request.principal), " is authorized to perform: ",
                       request.action, " on resource: ", request.resource, " because ", grounds});
}

}  // namespace portcullis::policy
