#include "server/gateway/verdict_internal.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/route/refusal.h"

namespace portcullis::gateway {
namespace {

using Outcome = Verdict::Outcome;

constexpr std::string_view kUndecidedMessage = "The request could not be decided.";
// The same for both: which of them it is tells of policies, `reason` for those who look for it.
constexpr std::string_view kDeniedMessage = "The caller is not allowed to do this.";
constexpr std::string_view kInvalidTokenMessage = "The token is not valid.";

// What a status with this reason is to whoever sent the request. Rows are about callers and their
// proofs; refusals of routes have rows of their own there.
struct Row {
  std::string_view status_reason;
  Words words;
};
constexpr Row kRows[] = {
    {kReasonUnknownProxy, {Outcome::kUndecided, "unknown_proxy", kUndecidedMessage}},
    {kReasonNoCredentials,
     {Outcome::kUnauthenticated, "no_credentials", "The request carries no credentials."}},
    {"MissingAuthenticationToken",
     {Outcome::kUnauthenticated, "no_credentials", "The request carries no credentials."}},
    {kReasonUnsupportedCredentials,
     {Outcome::kUnauthenticated, "unsupported_credentials",
      "The credentials of the request are of a kind that is not accepted here."}},
    {kReasonConflictingCredentials,
     {Outcome::kUnauthenticated, "conflicting_credentials",
      "The request carries more than one set of credentials."}},
    {kReasonUnknownIssuer,
     {Outcome::kUnauthenticated, "unknown_issuer",
      "The issuer of the credentials is not accepted here."}},
    {kReasonInvalidIdentityToken,
     {Outcome::kUnauthenticated, "invalid_token", kInvalidTokenMessage}},
    {"TOKEN_MALFORMED", {Outcome::kUnauthenticated, "invalid_token", kInvalidTokenMessage}},
    {"TOKEN_UNKNOWN_KEY", {Outcome::kUnauthenticated, "invalid_token", kInvalidTokenMessage}},
    {"TOKEN_FORGED", {Outcome::kUnauthenticated, "invalid_token", kInvalidTokenMessage}},
    {"TOKEN_NOT_YET_VALID", {Outcome::kUnauthenticated, "invalid_token", kInvalidTokenMessage}},
    {"TOKEN_EXPIRED", {Outcome::kUnauthenticated, "token_expired", "The token has expired."}},
    {"ExpiredTokenException",
     {Outcome::kUnauthenticated, "token_expired", "The token has expired."}},
    {"SignatureDoesNotMatch",
     {Outcome::kUnauthenticated, "invalid_signature",
      "The signature of the request does not match."}},
    {"IncompleteSignature",
     {Outcome::kUnauthenticated, "incomplete_signature",
      "The signature of the request is incomplete or malformed."}},
    {"PRINCIPAL_GONE",
     {Outcome::kUnauthenticated, "principal_gone", "The caller no longer exists."}},
    {"PRINCIPAL_DISABLED",
     {Outcome::kUnauthenticated, "principal_disabled", "The caller is disabled."}},
    {"ACCOUNT_SUSPENDED",
     {Outcome::kUnauthenticated, "account_suspended", "The caller's account is suspended."}},
    {kReasonNotAdmitted, {Outcome::kDenied, "not_admitted", "The caller is not admitted here."}},
    {kReasonExplicitDeny, {Outcome::kDenied, "explicit_deny", kDeniedMessage}},
    {kReasonImplicitDeny, {Outcome::kDenied, "implicit_deny", kDeniedMessage}},
};

// The refusals of routes, by their reasons in lower case.
struct RefusalWords {
  std::string status_reason;
  std::string reason;
  std::string_view message;
};
const std::vector<RefusalWords>& RefusalRows() {
  static const auto* const rows = [] {
    auto* made = new std::vector<RefusalWords>();
    for (int i = 0; i < route::kRefusalCount; ++i) {
      const route::RefusalTraits& traits = route::TraitsOf(static_cast<route::Refusal>(i));
      made->push_back({std::string(traits.reason),
                       absl::AsciiStrToLower(base::AbslView(traits.reason)), traits.message});
    }
    return made;
  }();
  return *rows;
}

Words WordsForCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return {Outcome::kUnauthenticated, "invalid_credentials",
              "The credentials of the request are not valid."};
    case absl::StatusCode::kInvalidArgument:
      return {Outcome::kRefused, "malformed_request", "The request is malformed."};
    case absl::StatusCode::kUnavailable:
      return {Outcome::kUndecided, "unavailable", kUndecidedMessage};
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return {Outcome::kUndecided, "overload", kUndecidedMessage};
    default:
      return {Outcome::kUndecided, "internal", kUndecidedMessage};
  }
}

absl::Status BadProof(std::string_view reason, const absl::Status& status) {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, reason,
                               {status.message().data(), status.message().size()});
}

}  // namespace

Words WordsFor(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  const Row* const row =
      std::find_if(std::begin(kRows), std::end(kRows),
                   [&](const Row& candidate) { return candidate.status_reason == reason; });
  if (row != std::end(kRows)) return row->words;
  for (const RefusalWords& refusal : RefusalRows()) {
    if (refusal.status_reason != reason) continue;
    const bool denied = status.code() == absl::StatusCode::kPermissionDenied;
    return {denied ? Outcome::kDenied : Outcome::kRefused, refusal.reason, refusal.message};
  }
  return WordsForCode(status.code());
}

absl::Status AsProofStatus(const absl::Status& exchange_status) {
  const std::string reason = base::ReasonOf(exchange_status);
  switch (exchange_status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return BadProof(reason == "ExpiredTokenException" ? reason : kReasonInvalidIdentityToken,
                      exchange_status);
    case absl::StatusCode::kPermissionDenied:
      if (reason != "AccessDenied") break;
      return base::ErrorWithReason(
          absl::StatusCode::kPermissionDenied, kReasonNotAdmitted,
          {exchange_status.message().data(), exchange_status.message().size()});
    default:
      break;
  }
  return exchange_status;
}

absl::Status ForTransport(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return status;
    case absl::StatusCode::kPermissionDenied:
      if (reason == kReasonUnknownProxy) return status;
      break;
    default:
      break;
  }
  return absl::InternalError("the request could not be decided");
}

std::vector<std::string> Challenges(absl::Span<const route::Method> methods,
                                    std::string_view gateway, bool bad_bearer) {
  std::vector<std::string> challenges;
  bool signature = false;
  bool bearer = false;
  for (const route::Method method : methods) {
    switch (method) {
      case route::Method::kSignature:
        if (!signature) {
          challenges.push_back(base::Concat({"AWS4-HMAC-SHA256 realm=\"", gateway, "\""}));
        }
        signature = true;
        break;
      case route::Method::kSessionToken:
      case route::Method::kWebIdentity:
        if (!bearer) {
          challenges.push_back(base::Concat(
              {"Bearer realm=\"", gateway, "\"", bad_bearer ? ", error=\"invalid_token\"" : ""}));
        }
        bearer = true;
        break;
      case route::Method::kPeerCertificate:
        break;
    }
  }
  if (challenges.empty()) {
    challenges.push_back(base::Concat({"ClientCertificate realm=\"", gateway, "\""}));
  }
  return challenges;
}

}  // namespace portcullis::gateway
