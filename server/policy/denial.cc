#include "server/policy/denial.h"

#include <initializer_list>

#include "server/base/text.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {
namespace {

// Sentences are written where the one before was, so that a denial allocates nothing either.
void Append(std::initializer_list<std::string_view> parts, std::string* text) {
  for (const std::string_view part : parts) *text += part;
}

// "identity-based policy"; for a role's resource-based policy "role trust policy".
std::string_view KindName(PolicyKind kind, bool resource_policy_is_trust_policy) {
  if (kind == PolicyKind::kResource && resource_policy_is_trust_policy) return "role trust policy";
  return PolicyKindName(kind);
}

// As has it: a role has exactly one trust policy, so that takes "the".
std::string_view Article(PolicyKind kind, bool resource_policy_is_trust_policy) {
  if (kind == PolicyKind::kResource && resource_policy_is_trust_policy) return "the ";
  return kind == PolicyKind::kIdentity ? "an " : "a ";
}

// Whether the policy that failed belongs to another account than the caller's.
bool IsForeign(PolicyKind kind, const AuthorizationRequest& request) {
  const bool of_resource = kind == PolicyKind::kResource || kind == PolicyKind::kResourceControl;
  return of_resource && (request.principal.account.empty() ||
                         request.principal.account != request.resource_account);
}

void AppendReason(const Decision& decision, const AuthorizationRequest& request,
                  const DenialStyle& style, std::string* message) {
  const PolicyKind kind = decision.limited_by;
  if (kind == PolicyKind::kNone) return;
  if (style.hide_foreign_reasons && IsForeign(kind, request)) return;
  const bool trust = style.resource_policy_is_trust_policy;
  const std::string_view name = KindName(kind, trust);
  if (decision.effect == Effect::kExplicitDeny) {
    Append({" with an explicit deny in ", Article(kind, trust), name}, message);
  } else {
    Append({" because no ", name, " allows the ", request.action, " action"}, message);
  }
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
  std::string message;
  WriteDenialMessage(decision, request, style, &message);
  return message;
}

void WriteDenialMessage(const Decision& decision, const AuthorizationRequest& request,
                        const DenialStyle& style, std::string* message) {
  message->clear();
  if (IsFederationCall(request.principal)) {
    Append({"Not authorized to perform ", request.action}, message);
    return;
  }
  Append({"User: ", CallerName(request.principal),
          " is not authorized to perform: ", request.action, " on resource: ", request.resource},
         message);
  AppendReason(decision, request, style, message);
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
    grounds = base::Concat(
        {Article(kind, false), KindName(kind, false), " allows the ", request.action, " action"});
  }
  return base::Concat({"User: ", CallerName(request.principal), " is authorized to perform: ",
                       request.action, " on resource: ", request.resource, " because ", grounds});
}

}  // namespace portcullis::policy
