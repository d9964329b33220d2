// One question to the PDP, in terms of the policy language only.
#ifndef PORTCULLIS_SERVER_POLICY_REQUEST_H_
#define PORTCULLIS_SERVER_POLICY_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/policy/arn.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

// Who a request is attributed to (section 1.5). Zero value: nobody known.
enum class PrincipalKind : uint8_t {
  kAnonymous,
  kRoot,
  kUser,  // With long-term keys or a GetSessionToken session.
  kRoleSession,
  kFederatedUser,  // GetFederationToken session.
  kService,
  kWebIdentity,  // An unsigned AssumeRoleWithWebIdentity call.
  kSaml,         // An unsigned AssumeRoleWithSAML call.
};

// The caller as policies see it. Views are owned by whoever makes the request.
struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;

  // The request ARN; the service's name for kService; empty if there is none.
  std::string_view arn;
  // 12 digits; empty for services, anonymous and unsigned callers.
  std::string_view account;
  // kRoleSession: the role's ARN with its path, or empty if only the session ARN is known (offline
  // simulation); then role entries are compared by account and role name, which is unique.
  // kFederatedUser: the ARN of the user, or root, that made it; empty if not known.
  std::string_view issuer_arn;
  // AIDA.../AROA... of the user, of the role, or of the federated user's creator; empty if unknown.
  std::string_view unique_id;
  // kWebIdentity, kSaml: the provider's ARN or built-in name.
  std::string_view federated_provider;
};

// A request made ready for matching: parsed and folded once. Views refer to what it was made from,
// except the folded action, which it owns. Movable. Const after construction.
struct AuthorizationRequest {
  Principal principal;
  std::string_view action;    // As asked: "s3:GetObject".
  std::string action_folded;  // Lower case: actions compare without case.
  uint32_t service_size = 0;  // Bytes of action_folded before its colon.
  uint64_t action_bits = 0;   // Of action_folded: its ActionBit() and its ServiceBit().
  uint64_t action_hash = 0;   // ActionHash() of action_folded.
  std::string_view resource;  // An ARN, or "*" for actions without a resource.
  std::optional<ArnView> resource_arn;
  // Owner of the resource, 12 digits. Empty: unknown, and then the caller's (PD).
  std::string_view resource_account;
  const RequestContext* context = nullptr;  // Not owned; never nullptr when evaluated.

  std::string_view service_folded() const {
    return std::string_view(action_folded).substr(0, service_size);
  }
};

// A number for every action, folded, that two seldom have in common.
uint64_t ActionHash(std::string_view action_folded);
// One of 32 bits for every action, and one of 32 others for every service, both folded: what
// StatementFilter compares.
uint64_t ActionBit(std::string_view action_folded);
uint64_t ServiceBit(std::string_view service_folded);

// Whether `text` is one `service:Action` without wildcards:
// `[A-Za-z0-9.-]+:[A-Za-z0-9._-]+` of 3 to 128 characters.
bool IsActionName(std::string_view text);

// Whether `text` is `*` or an ARN of six fields without control characters, at most 2048 bytes.
bool IsResourceName(std::string_view text);
// The same, with the ARN's fields; `*` has none.
bool ReadResourceName(std::string_view text, std::optional<ArnView>* arn);

// Makes a request ready. Reuses the memory of `request`.
// REQUIRES: IsActionName(action), IsResourceName(resource), context != nullptr; what the views
// refer to outlives `request`. `owner` may be empty: then the ARN's account field, else the
// caller's.
void PrepareRequest(const Principal& principal, std::string_view action, std::string_view resource,
                    std::string_view owner, const RequestContext* context,
                    AuthorizationRequest* request);

// The same in two steps, for those who need the folded action, or know the resource's fields.
void PrepareAction(std::string_view action, AuthorizationRequest* request);
void PrepareResource(const Principal& principal, std::string_view resource,
                     const std::optional<ArnView>& arn, std::string_view owner,
                     const RequestContext* context, AuthorizationRequest* request);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_REQUEST_H_
