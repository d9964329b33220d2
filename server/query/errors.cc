#include "server/query/errors.h"

#include "server/base/error_reason.h"

namespace portcullis::query {
namespace {

constexpr std::string_view kInvalidToken =
    "The security token included in the request is invalid.";
constexpr std::string_view kExpiredToken =
    "The security token included in the request is expired";
constexpr std::string_view kUnavailable =
    "The service cannot answer at the moment. Please try again.";
constexpr std::string_view kInternal =
    "The request processing has failed because of an unknown error.";
constexpr std::string_view kMalformed = "The request cannot be carried out as it stands.";

constexpr ErrorRow kRows[] = {
    // Reasons of Portcullis's own.
    {"INVALID_ACCESS_KEY", "InvalidClientTokenId", 403, kInvalidToken},
    {"UNKNOWN_PRINCIPAL", "InvalidClientTokenId", 403, kInvalidToken},
    {"PRINCIPAL_GONE", "InvalidClientTokenId", 403, kInvalidToken},
    {"PRINCIPAL_DISABLED", "InvalidClientTokenId", 403, kInvalidToken},
    {"ACCOUNT_SUSPENDED", "InvalidClientTokenId", 403, kInvalidToken},
    {"TOKEN_MALFORMED", "InvalidClientTokenId", 403, kInvalidToken},
    {"TOKEN_UNKNOWN_KEY", "InvalidClientTokenId", 403, kInvalidToken},
    {"TOKEN_FORGED", "InvalidClientTokenId", 403, kInvalidToken},
    {"TOKEN_NOT_YET_VALID", "InvalidClientTokenId", 403, kInvalidToken},
    {"TOKEN_EXPIRED", "ExpiredToken", 403, kExpiredToken},
    {"CALLER_MISSING", "MissingAuthenticationToken", 403,
     "Request is missing Authentication Token"},
    {"ASSERTION_NOT_ALLOWED", "AccessDenied", 403, "The caller has to sign its requests."},
    {"INSECURE_TRANSPORT", "AccessDenied", 403, "The caller has to sign its requests."},
    {"INVALID_ACTION", "ValidationError", 400, kMalformed},
    {"INVALID_RESOURCE", "ValidationError", 400, kMalformed},
    {"INVALID_CONTEXT", "ValidationError", 400, kMalformed},
    {"INVALID_BATCH_SIZE", "ValidationError", 400, kMalformed},
    {"MALFORMED_REQUEST", "ValidationError", 400, kMalformed},
    {"NOT_LOADED", "ServiceUnavailable", 503, kUnavailable},
    {"AUDIT_UNAVAILABLE", "ServiceUnavailable", 503, kUnavailable},
    {"STATE_UNAVAILABLE", "ServiceUnavailable", 503, kUnavailable},
    {"SHUTTING_DOWN", "ServiceUnavailable", 503, kUnavailable},
    {"OVERLOADED", "Throttling", 400, "Rate exceeded"},

    // AWS's own codes.
    {"AccessDenied", "AccessDenied", 403, ""},
    {"InvalidClientTokenId", "InvalidClientTokenId", 403, ""},
    {"ExpiredToken", "ExpiredToken", 403, ""},
    {"ExpiredTokenException", "ExpiredTokenException", 400, ""},
    {"SignatureDoesNotMatch", "SignatureDoesNotMatch", 403, ""},
    {"IncompleteSignature", "IncompleteSignature", 400, ""},
    {"MissingAuthenticationToken", "MissingAuthenticationToken", 403, ""},
    {"ValidationError", "ValidationError", 400, ""},
    {"InvalidParameterValue", "InvalidParameterValue", 400, ""},
    {"InvalidParameterCombination", "InvalidParameterCombination", 400, ""},
    {"MissingParameter", "MissingParameter", 400, ""},
    {"MalformedPolicyDocument", "MalformedPolicyDocument", 400, ""},
    {"PackedPolicyTooLarge", "PackedPolicyTooLarge", 400, ""},
    {"InvalidIdentityToken", "InvalidIdentityToken", 400, ""},
    {"IDPRejectedClaim", "IDPRejectedClaim", 403, ""},
    {"IDPCommunicationError", "IDPCommunicationError", 400, ""},
    {"RegionDisabledException", "RegionDisabledException", 403, ""},
    {"InvalidAuthorizationMessageException", "InvalidAuthorizationMessageException", 400,
     ""},
    {"InvalidAction", "InvalidAction", 400, ""},
    {"MissingAction", "MissingAction", 400, ""},
    {"InvalidQueryParameter", "InvalidQueryParameter", 400, ""},
    {"MalformedQueryString", "MalformedQueryString", 404, ""},
    {"Throttling", "Throttling", 400, ""},
    {"ServiceUnavailable", "ServiceUnavailable", 503, kUnavailable},
    // IAM's.
    {"NoSuchEntity", "NoSuchEntity", 404, ""},
    {"EntityAlreadyExists", "EntityAlreadyExists", 409, ""},
    {"DeleteConflict", "DeleteConflict", 409, ""},
    {"LimitExceeded", "LimitExceeded", 409, ""},
    {"EntityTemporarilyUnmodifiable", "EntityTemporarilyUnmodifiable", 409, ""},
    {"ConcurrentModification", "ConcurrentModification", 409, ""},
    {"UnmodifiableEntity", "UnmodifiableEntity", 400, ""},
    {"PolicyNotAttachable", "PolicyNotAttachable", 400, ""},
    {"InvalidInput", "InvalidInput", 400, ""},
    {"InvalidUserType", "InvalidUserType", 400, ""},
    {"PasswordPolicyViolation", "PasswordPolicyViolation", 400, ""},
    {"InvalidAuthenticationCode", "InvalidAuthenticationCode", 403, ""},
    {"PolicyEvaluation", "PolicyEvaluation", 500, "The policies could not be evaluated."},
    // Reports (spec 10.1).
    {"ReportNotPresent", "ReportNotPresent", 410, ""},
    {"ReportExpired", "ReportExpired", 410, ""},
    {"ReportInProgress", "ReportInProgress", 404, ""},
};

constexpr ErrorRow kHttpRows[] = {
    {"", "MalformedHttpRequest", 400, "The request is not well-formed HTTP."},
    {"", "NotFound", 404, "There is nothing at this path."},
    {"", "MethodNotAllowed", 405, "Requests are GET or POST."},
    {"", "RequestTimeout", 408, "The request did not arrive in time."},
    {"", "RequestEntityTooLarge", 413, "The request's body is too large."},
    {"", "RequestHeaderSectionTooLarge", 431, "The request's headers are too large."},
    {"", "InternalFailure", 500, kInternal},
    {"", "ServiceUnavailable", 503, kUnavailable},
};

AwsError InternalError(Service service) {
  return {service == Service::kIam ? "ServiceFailure" : "InternalFailure", 500,
          std::string(kInternal)};
}

const ErrorRow* FindRow(std::string_view reason) {
  for (const ErrorRow& row : kRows) {
    if (row.reason == reason) return &row;
  }
  return nullptr;
}

// By which reason a status without one is treated; "": as our fault.
std::string_view ReasonOfCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return "ValidationError";
    case absl::StatusCode::kUnauthenticated:
      return "INVALID_ACCESS_KEY";
    case absl::StatusCode::kPermissionDenied:
      return "AccessDenied";
    case absl::StatusCode::kNotFound:
      return "NoSuchEntity";
    case absl::StatusCode::kAlreadyExists:
      return "EntityAlreadyExists";
    case absl::StatusCode::kAborted:
      return "ConcurrentModification";
    case absl::StatusCode::kResourceExhausted:
      return "OVERLOADED";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return "ServiceUnavailable";
    case absl::StatusCode::kOk:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kDoNotUseReservedForFutureExpansionUseDefaultInSwitchInstead_:
      break;
  }
  return "";
}

}  // namespace

absl::Span<const ErrorRow> ErrorRows() {
  return kRows;
}

AwsError ToAwsError(const absl::Status& status, Service service) {
  const ErrorRow* row = FindRow(base::ReasonOf(status));
  const std::string_view fallback = ReasonOfCode(status.code());
  if (row == nullptr) row = FindRow(fallback);
  // What is our fault stays it, whatever reason it carries.
  if (row == nullptr || (fallback.empty() && row->http_status < 500)) return InternalError(service);
  AwsError error{row->code, row->http_status, std::string(row->message)};
  if (error.message.empty()) error.message = std::string(status.message());
  if (error.message.empty()) error.message = std::string(row->code);
  return error;
}

AwsError HttpError(int http_status) {
  const ErrorRow* found = http_status >= 500 ? &kHttpRows[6] : &kHttpRows[0];
  for (const ErrorRow& row : kHttpRows) {
    if (row.http_status == http_status) found = &row;
  }
  return {found->code, http_status, std::string(found->message)};
}

}  // namespace portcullis::query
