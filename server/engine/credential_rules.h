// Which credentials may call which operations (section 5.2), whatever policies say.
#ifndef PORTCULLIS_SERVER_ENGINE_CREDENTIAL_RULES_H_
#define PORTCULLIS_SERVER_ENGINE_CREDENTIAL_RULES_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

#include "server/engine/caller.h"

namespace portcullis::engine {

// The signed operations of STS. AssumeRoleWithWebIdentity and ...WithSAML are unsigned and anybody
// may call them.
enum class StsOperation : uint8_t {
  kAssumeRole,
  kGetSessionToken,
  kGetFederationToken,
  kGetCallerIdentity,
  kGetAccessKeyInfo,
  kDecodeAuthorizationMessage,
};

// OK, or PERMISSION_DENIED "AccessDenied" with AWS's text.
absl::Status CheckMayCall(const Caller& caller, StsOperation operation);

// federated users, and GetSessionToken sessions without MFA, may not call
// IAM, whatever policies say: UNAUTHENTICATED "InvalidClientTokenId" if `action_folded`, in lower
// case, is an operation of IAM and the caller is one of them. `iam:PassRole` is none: it is a
// permission that other services ask about.
absl::Status CheckMayAsk(const Caller& caller, std::string_view action_folded);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_CREDENTIAL_RULES_H_
