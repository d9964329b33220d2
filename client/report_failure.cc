// What to say when a call fails: the message, the reason, and what to do.
#include <string>
#include <string_view>

#include "client/command.h"
#include "client/text_lines.h"
#include "server/base/error_reason.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr std::string_view kAccessDenied = "AccessDenied";

struct ReasonHint {
  std::string_view reason;
  std::string_view hint;
};

constexpr ReasonHint kReasonHints[] = {
    {"ASSERTION_NOT_ALLOWED",
     "send a session token (--session-token-file), or connect where the server trusts its clients"},
    {"AUDIT_UNAVAILABLE", "the server cannot write its audit log: see its log for the cause"},
    {"CALLER_MISSING", "say who asks: --principal, --session-token-file or --access-key-id"},
    {"ExpiredTokenException", "get a new token or assertion from the identity provider"},
    {"IDPCommunicationError",
     "the server could not fetch the identity provider's keys: see its log, and try again"},
    {"IDPRejectedClaim", "the role's trust policy does not accept what the token claims"},
    {"INSECURE_TRANSPORT", "connect with TLS (--tls-ca FILE) or through a Unix domain socket"},
    {"INVALID_ACCESS_KEY", "check the access key id, its secret, and that the key is active"},
    {"InvalidIdentityToken",
     "check that the token is whole, and that its issuer and audience are those of a provider"},
    {"NOT_LOADED", "`portcullis status` tells what is wrong with the server's policies"},
    {"OVERLOADED", "try again a little later"},
    {"PackedPolicyTooLarge", "shorten the session policies and tags, or name managed policies"},
    {"PRINCIPAL_GONE", "the session's role or user was removed or replaced: assume the role again"},
    {"SHUTTING_DOWN", "try again: another server, or the same one after its restart"},
    {"TOKEN_EXPIRED", "assume the role again"},
    {"TOKEN_FORGED", "the token was changed on its way: check for cut ends and line breaks"},
    {"TOKEN_MALFORMED", "this is no token of Portcullis: check for cut ends and line breaks"},
    {"TOKEN_NOT_YET_VALID", "the clocks of two servers differ: compare them"},
    {"TOKEN_UNKNOWN_KEY",
     "the server does not have the session key it was sealed with: assume the role again"},
    {"UNKNOWN_PRINCIPAL", "check the ARN: account, path and spelling"},
};

// For errors that the server did not explain, mostly because it was never reached.
std::string HintForCode(absl::StatusCode code, const std::string& target) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return base::Concat({"is portcullisd running at ", target,
                           "? start one with deploy/run-local, or name another with --address"});
    case absl::StatusCode::kDeadlineExceeded:
      return base::Concat({target, " took too long; --timeout 30s waits longer"});
    case absl::StatusCode::kUnimplemented:
      return base::Concat({"is the server at ", target, " portcullisd, and not older than this?"});
    case absl::StatusCode::kUnauthenticated:
      return "check the credentials, or the certificates of the connection";
    case absl::StatusCode::kOk:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kDoNotUseReservedForFutureExpansionUseDefaultInSwitchInstead_:
      break;
  }
  return "";
}

std::string HintFor(const absl::Status& status, std::string_view reason,
                    const std::string& target) {
  if (reason.empty()) return HintForCode(status.code(), target);
  for (const ReasonHint& row : kReasonHints) {
    if (row.reason == reason) return std::string(row.hint);
  }
  return "";
}

}  // namespace

ExitCode ReportFailure(const CommandContext& context, const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  context.err() << "portcullis: " << Printable({status.message().data(), status.message().size()});
  if (!reason.empty()) context.err() << " (" << reason << ")";
  context.err() << "\n";
  const std::string hint = HintFor(status, reason, context.options.connection.target);
  if (!hint.empty()) context.err() << "  hint: " << hint << "\n";

  const bool denied =
      status.code() == absl::StatusCode::kPermissionDenied && reason == kAccessDenied;
  return denied ? ExitCode::kDenied : ExitCode::kError;
}

}  // namespace portcullis::client
