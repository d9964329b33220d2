#include "server/engine/credential_rules.h"

#include <string_view>

#include "server/base/error_reason.h"
#include "server/base/text.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalKind;
using session::SessionKind;

// What a caller holds: the columns of the table.
enum class Holding : uint8_t {
  kNothing,  // No credentials that this service knows.
  kUserKeys,
  kRootKeys,
  kRole,
  kSessionToken,
  kSessionTokenOfRoot,
  kFederationToken,
  kService,
};

Holding HoldingOf(const Caller& caller) {
  const bool session_token =
      caller.session != nullptr && caller.session->claims.kind == SessionKind::kSessionToken;
  switch (caller.principal.kind) {
    case PrincipalKind::kUser:
      return session_token ? Holding::kSessionToken : Holding::kUserKeys;
    case PrincipalKind::kRoot:
      return session_token ? Holding::kSessionTokenOfRoot : Holding::kRootKeys;
    case PrincipalKind::kRoleSession:
      return Holding::kRole;
    case PrincipalKind::kFederatedUser:
      return Holding::kFederationToken;
    case PrincipalKind::kService:
      return Holding::kService;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return Holding::kNothing;
}

struct Row {
  StsOperation operation;
  std::string_view name;
  // Whether the holder of each may call it.
  bool user_keys;
  bool root_keys;
  bool role;
  bool session_token;
  bool federation_token;
  bool service;
};
constexpr bool Y = true;
constexpr bool N = false;
constexpr Row kRows[] = {
    // Columns: user's keys, root's keys, role, session token, federation token, service.
    {StsOperation::kAssumeRole, "AssumeRole", Y, N, Y, Y, N, Y},
    {StsOperation::kGetSessionToken, "GetSessionToken", Y, Y, N, N, N, N},
    {StsOperation::kGetFederationToken, "GetFederationToken", Y, Y, N, N, N, N},
    {StsOperation::kGetCallerIdentity, "GetCallerIdentity", Y, Y, Y, Y, Y, Y},
    {StsOperation::kGetAccessKeyInfo, "GetAccessKeyInfo", Y, Y, Y, N, N, Y},
    {StsOperation::kDecodeAuthorizationMessage, "DecodeAuthorizationMessage", Y, Y, Y, N, N, Y},
};

bool MayCall(const Row& row, Holding holding) {
  switch (holding) {
    case Holding::kNothing:
      return false;
    case Holding::kUserKeys:
      return row.user_keys;
    case Holding::kRootKeys:
      return row.root_keys;
    case Holding::kRole:
      return row.role;
    case Holding::kSessionToken:
      return row.session_token;
    case Holding::kSessionTokenOfRoot:  // Root may not assume roles, however it calls.
      return row.session_token && row.root_keys;
    case Holding::kFederationToken:
      return row.federation_token;
    case Holding::kService:
      return row.service;
  }
  return false;
}

absl::Status Refuse(const Row& row, Holding holding) {
  const auto denied = [](std::string_view message) {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", message);
  };
  const bool root = holding == Holding::kRootKeys || holding == Holding::kSessionTokenOfRoot;
  if (root && row.operation == StsOperation::kAssumeRole) {
    return denied("Roles may not be assumed by root accounts.");
  }
  if (holding == Holding::kNothing || holding == Holding::kService) {
    return denied(base::Concat({row.name, " needs the credentials of a user"}));
  }
  // has one text for all sessions that ask for further sessions of a user.
  const bool for_users = row.operation == StsOperation::kGetSessionToken ||
                         row.operation == StsOperation::kGetFederationToken;
  if (holding == Holding::kFederationToken && !for_users) {
    return denied(base::Concat({"Cannot call ", row.name, " with federation token credentials"}));
  }
  return denied(base::Concat({"Cannot call ", row.name, " with session credentials"}));
}

}  // namespace

absl::Status CheckMayCall(const Caller& caller, StsOperation operation) {
  const Holding holding = HoldingOf(caller);
  for (const Row& row : kRows) {
    if (row.operation != operation) continue;
    return MayCall(row, holding) ? absl::OkStatus() : Refuse(row, holding);
  }
  return absl::InternalError("an STS operation without a row");
}

absl::Status CheckMayAsk(const Caller& caller, std::string_view action_folded) {
  constexpr std::string_view kIam = "iam:";
  if (action_folded.substr(0, kIam.size()) != kIam || action_folded == "iam:passrole") {
    return absl::OkStatus();
  }
  const Holding holding = HoldingOf(caller);
  const bool session_token =
      holding == Holding::kSessionToken || holding == Holding::kSessionTokenOfRoot;
  const bool without_mfa = session_token && !caller.session->claims.mfa_at_seconds.has_value();
  if (!without_mfa && holding != Holding::kFederationToken) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, "InvalidClientTokenId",
                               "The security token included in the request is invalid");
}

}  // namespace portcullis::engine
