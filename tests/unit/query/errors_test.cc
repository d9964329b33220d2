#include "server/query/errors.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"

namespace portcullis::query {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;

absl::Status Error(StatusCode code, std::string_view reason, std::string_view message = "told") {
  return base::ErrorWithReason(code, reason, message);
}

// Each code of and of section 7 with its HTTP status and Type.
TEST(ToAwsError, GivesEachCodeItsStatus) {
  const struct {
    StatusCode code;
    std::string_view reason;
    int http_status;
  } cases[] = {
      {StatusCode::kPermissionDenied, "AccessDenied", 403},
      {StatusCode::kUnauthenticated, "InvalidClientTokenId", 403},
      {StatusCode::kUnauthenticated, "ExpiredToken", 403},
      {StatusCode::kInvalidArgument, "ExpiredTokenException", 400},
      {StatusCode::kUnauthenticated, "SignatureDoesNotMatch", 403},
      {StatusCode::kInvalidArgument, "IncompleteSignature", 400},
      {StatusCode::kUnauthenticated, "MissingAuthenticationToken", 403},
      {StatusCode::kInvalidArgument, "ValidationError", 400},
      {StatusCode::kInvalidArgument, "InvalidParameterValue", 400},
      {StatusCode::kInvalidArgument, "InvalidParameterCombination", 400},
      {StatusCode::kInvalidArgument, "MissingParameter", 400},
      {StatusCode::kInvalidArgument, "MalformedPolicyDocument", 400},
      {StatusCode::kInvalidArgument, "PackedPolicyTooLarge", 400},
      {StatusCode::kInvalidArgument, "InvalidIdentityToken", 400},
      {StatusCode::kPermissionDenied, "IDPRejectedClaim", 403},
      {StatusCode::kUnavailable, "IDPCommunicationError", 400},
      {StatusCode::kPermissionDenied, "RegionDisabledException", 403},
      {StatusCode::kInvalidArgument, "InvalidAuthorizationMessageException", 400},
      {StatusCode::kInvalidArgument, "InvalidAction", 400},
      {StatusCode::kInvalidArgument, "MissingAction", 400},                         // Section 7
      {StatusCode::kInvalidArgument, "InvalidQueryParameter", 400},
      {StatusCode::kInvalidArgument, "MalformedQueryString", 404},
      {StatusCode::kResourceExhausted, "Throttling", 400},
      {StatusCode::kNotFound, "NoSuchEntity", 404},
      {StatusCode::kAlreadyExists, "EntityAlreadyExists", 409},
      {StatusCode::kFailedPrecondition, "DeleteConflict", 409},
      {StatusCode::kResourceExhausted, "LimitExceeded", 409},
      {StatusCode::kFailedPrecondition, "EntityTemporarilyUnmodifiable", 409},
      {StatusCode::kAborted, "ConcurrentModification", 409},
      {StatusCode::kInvalidArgument, "UnmodifiableEntity", 400},
      {StatusCode::kInvalidArgument, "PolicyNotAttachable", 400},
      {StatusCode::kInvalidArgument, "InvalidInput", 400},
      {StatusCode::kInvalidArgument, "InvalidUserType", 400},
      {StatusCode::kInvalidArgument, "PasswordPolicyViolation", 400},
      {StatusCode::kPermissionDenied, "InvalidAuthenticationCode", 403},
      {StatusCode::kNotFound, "ReportNotPresent", 410},  // Spec 10.1
      {StatusCode::kFailedPrecondition, "ReportExpired", 410},
      {StatusCode::kNotFound, "ReportInProgress", 404},
  };
  for (const auto& c : cases) {
    const AwsError error = ToAwsError(Error(c.code, c.reason), Service::kSts);
    EXPECT_EQ(error.code, c.reason);
    EXPECT_EQ(error.http_status, c.http_status) << c.reason;
    EXPECT_EQ(error.message, "told") << c.reason;
    EXPECT_FALSE(error.our_fault()) << c.reason;
  }
}

TEST(ToAwsError, FoldsPortcullisReasonsIntoAws) {
  const struct {
    StatusCode code;
    std::string_view reason;
    std::string_view aws_code;
    int http_status;
    std::string_view message;
  } cases[] = {
      {StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "ExpiredToken", 403,
       "The security token included in the request is expired"},
      {StatusCode::kUnauthenticated, "INVALID_ACCESS_KEY", "InvalidClientTokenId", 403,
       "The security token included in the request is invalid."},
      {StatusCode::kUnauthenticated, "PRINCIPAL_GONE", "InvalidClientTokenId", 403,
       "The security token included in the request is invalid."},
      {StatusCode::kUnauthenticated, "PRINCIPAL_DISABLED", "InvalidClientTokenId", 403,
       "The security token included in the request is invalid."},
      {StatusCode::kUnauthenticated, "ACCOUNT_SUSPENDED", "InvalidClientTokenId", 403,
       "The security token included in the request is invalid."},
      {StatusCode::kUnauthenticated, "TOKEN_FORGED", "InvalidClientTokenId", 403,
       "The security token included in the request is invalid."},
      {StatusCode::kInvalidArgument, "CALLER_MISSING", "MissingAuthenticationToken", 403,
       "Request is missing Authentication Token"},
      {StatusCode::kUnavailable, "NOT_LOADED", "ServiceUnavailable", 503,
       "The service cannot answer at the moment. Please try again."},
      {StatusCode::kUnavailable, "AUDIT_UNAVAILABLE", "ServiceUnavailable", 503,
       "The service cannot answer at the moment. Please try again."},
      {StatusCode::kUnavailable, "STATE_UNAVAILABLE", "ServiceUnavailable", 503,
       "The service cannot answer at the moment. Please try again."},
      {StatusCode::kResourceExhausted, "OVERLOADED", "Throttling", 400,
       "Rate exceeded"},
  };
  for (const auto& c : cases) {
    const AwsError error = ToAwsError(Error(c.code, c.reason, "inner"), Service::kSts);
    EXPECT_EQ(error.code, c.aws_code) << c.reason;
    EXPECT_EQ(error.http_status, c.http_status) << c.reason;
    EXPECT_EQ(error.message, c.message) << c.reason;
  }
}

TEST(ToAwsError, KeepsOurFaultsToOurselves) {
  const absl::Status faults[] = {absl::InternalError("inner"), absl::UnknownError("inner"),
                                 absl::DataLossError("inner"), absl::UnimplementedError("inner"),
                                 // Whatever reason it carries.
                                 Error(StatusCode::kInternal, "AccessDenied", "inner"),
                                 Error(StatusCode::kInternal, "SOMETHING_NEW", "inner")};
  for (const absl::Status& fault : faults) {
    const AwsError sts = ToAwsError(fault, Service::kSts);
    EXPECT_EQ(sts.code, "InternalFailure") << fault;
    EXPECT_EQ(sts.http_status, 500) << fault;
    EXPECT_TRUE(sts.our_fault());
    EXPECT_EQ(sts.message.find("inner"), std::string::npos) << fault;
    EXPECT_EQ(ToAwsError(fault, Service::kIam).code, "ServiceFailure") << fault;
  }
  const AwsError evaluation =
      ToAwsError(Error(StatusCode::kInternal, "PolicyEvaluation", "inner"), Service::kIam);
  EXPECT_EQ(evaluation.code, "PolicyEvaluation");
  EXPECT_EQ(evaluation.http_status, 500);
  EXPECT_EQ(evaluation.message.find("inner"), std::string::npos);
}

TEST(ToAwsError, GoesByTheCodeWhereThereIsNoReason) {
  const struct {
    absl::Status status;
    std::string_view code;
    int http_status;
  } cases[] = {
      {absl::InvalidArgumentError("m"), "ValidationError", 400},
      {absl::OutOfRangeError("m"), "ValidationError", 400},
      {absl::FailedPreconditionError("m"), "ValidationError", 400},
      {absl::UnauthenticatedError("m"), "InvalidClientTokenId", 403},
      {absl::PermissionDeniedError("m"), "AccessDenied", 403},
      {absl::NotFoundError("m"), "NoSuchEntity", 404},
      {absl::AlreadyExistsError("m"), "EntityAlreadyExists", 409},
      {absl::AbortedError("m"), "ConcurrentModification", 409},
      {absl::ResourceExhaustedError("m"), "Throttling", 400},
      {absl::UnavailableError("m"), "ServiceUnavailable", 503},
      {absl::DeadlineExceededError("m"), "ServiceUnavailable", 503},
      {absl::CancelledError("m"), "ServiceUnavailable", 503},
      {Error(StatusCode::kPermissionDenied, "SOMETHING_NEW"), "AccessDenied", 403},
  };
  for (const auto& c : cases) {
    const AwsError error = ToAwsError(c.status, Service::kSts);
    EXPECT_EQ(error.code, c.code) << c.status;
    EXPECT_EQ(error.http_status, c.http_status) << c.status;
    EXPECT_FALSE(error.message.empty());
  }
  // A message is never empty: clients show "Unknown" or nothing then.
  EXPECT_EQ(
      ToAwsError(Error(StatusCode::kPermissionDenied, "AccessDenied", ""), Service::kSts).message,
      "AccessDenied");
}

TEST(HttpError, HasACodeForEveryStatus) {
  const struct {
    int status;
    std::string_view code;
  } cases[] = {{400, "MalformedHttpRequest"},  {404, "NotFound"},
               {405, "MethodNotAllowed"},      {408, "RequestTimeout"},
               {413, "RequestEntityTooLarge"}, {431, "RequestHeaderSectionTooLarge"},
               {500, "InternalFailure"},       {503, "ServiceUnavailable"},
               {418, "MalformedHttpRequest"},  {505, "InternalFailure"}};
  for (const auto& c : cases) {
    EXPECT_EQ(HttpError(c.status).code, c.code) << c.status;
    EXPECT_EQ(HttpError(c.status).http_status, c.status);
    EXPECT_FALSE(HttpError(c.status).message.empty());
  }
}

TEST(ErrorRows, AreOnePerReason) {
  std::set<std::string_view> reasons;
  for (const ErrorRow& row : ErrorRows()) {
    EXPECT_TRUE(reasons.insert(row.reason).second) << row.reason;
    // Only words of AWS go out.
    EXPECT_EQ(row.code.find('_'), std::string_view::npos) << row.code;
  }
}

// ---- Every reason that the code below this module can return has a row. -------------------------

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Literals(std::string_view text) {
  std::vector<std::string> literals;
  for (size_t begin = text.find('"'); begin != std::string_view::npos;) {
    const size_t end = text.find('"', begin + 1);
    if (end == std::string_view::npos) break;
    literals.emplace_back(text.substr(begin + 1, end - begin - 1));
    begin = text.find('"', end + 1);
  }
  return literals;
}

// The second argument of the call whose arguments begin at `begin`.
std::string_view SecondArgument(std::string_view text, size_t begin) {
  int depth = 1;
  bool quoted = false;
  size_t second = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '{') ++depth;
    if (c == ')' || c == '}') --depth;
    const bool ends = depth == 0 || (depth == 1 && c == ',');
    if (ends && second != 0) return text.substr(second, i - second);
    if (ends) second = i + 1;
  }
  return {};
}

bool LooksLikeOurs(std::string_view literal) {
  return literal.find('_') != std::string_view::npos && !literal.starts_with('_') &&
         std::all_of(literal.begin(), literal.end(), [](char c) {
           return std::isupper(static_cast<unsigned char>(c)) || c == '_';
         });
}

TEST(ErrorRows, CoverEveryReasonOfTheEngine) {
  std::map<std::string, std::string> reasons;  // To a file that has it.
  std::set<std::string> variables;
  for (const char* module : {"base", "policy", "session", "signature", "federation", "state",
                             "store", "inventory", "audit", "engine", "query"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(base::Concat({"server/", module}))) {
      const std::string text = Contents(entry.path());
      const std::string file = entry.path().string();
      if (file.ends_with("errors.cc") || file.ends_with("error_reason.cc")) continue;
      const bool ours = file.find("/query/") == std::string::npos;  // It has words of AWS, too.
      for (const std::string& literal : Literals(text)) {
        if (ours && LooksLikeOurs(literal)) reasons.emplace(literal, file);
      }
      constexpr std::string_view kCall = "ErrorWithReason(";
      for (size_t at = text.find(kCall); at != std::string::npos; at = text.find(kCall, at + 1)) {
        const std::string_view argument = SecondArgument(text, at + kCall.size());
        const std::vector<std::string> literals = Literals(argument);
        for (const std::string& literal : literals) reasons.emplace(literal, file);
        if (!literals.empty() || !file.ends_with(".cc")) continue;
        const size_t begin = argument.find_first_not_of(" \n");
        if (begin != std::string_view::npos) variables.emplace(argument.substr(begin));
      }
    }
  }
  reasons.erase("action");  // What the ternary of authorizer.cc compares with.
  // Where a reason is not spelled out: what these can be is below.
  EXPECT_THAT(variables, ElementsAre("code", "error.code", "kReasonIncompleteSignature",
                                     "kReasonMissingAuthenticationToken",
                                     "kReasonSignatureDoesNotMatch", "reason"));
  for (const char* spelled :
       {"MalformedPolicyDocument", "ValidationError", "InvalidParameterValue",
        "InvalidIdentityToken", "ExpiredTokenException", "InvalidInput", "NoSuchEntity",
        "PolicyEvaluation", "IncompleteSignature", "MissingAuthenticationToken",
        "SignatureDoesNotMatch", "InvalidClientTokenId"}) {
    reasons.emplace(spelled, "errors_test.cc");
  }
  EXPECT_GT(reasons.size(), 40u) << "the search finds what there is";
  std::set<std::string_view> rows;
  for (const ErrorRow& row : ErrorRows()) rows.insert(row.reason);
  for (const auto& [reason, file] : reasons) {
    EXPECT_TRUE(rows.contains(reason)) << reason << " of " << file << " has no row in errors.cc";
  }
}

}  // namespace
}  // namespace portcullis::query
