#include "server/gateway/verdict_internal.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/route/refusal.h"

namespace portcullis::gateway {
namespace {

using Outcome = Verdict::Outcome;
using absl::StatusCode;
using ::testing::ElementsAre;

absl::Status Status(StatusCode code, std::string_view reason) {
  return base::ErrorWithReason(code, reason, "arn:aws:iam::111122223333:role/secret");
}

struct Row {
  StatusCode code;
  std::string_view status_reason;
  Outcome outcome;
  std::string_view reason;
};

TEST(WordsTest, OfEveryKindOfFailure) {
  const Row rows[] = {
      {StatusCode::kUnauthenticated, "NO_CREDENTIALS", Outcome::kUnauthenticated, "no_credentials"},
      {StatusCode::kUnauthenticated, "TOKEN_EXPIRED", Outcome::kUnauthenticated, "token_expired"},
      {StatusCode::kUnauthenticated, "TOKEN_FORGED", Outcome::kUnauthenticated, "invalid_token"},
      {StatusCode::kUnauthenticated, "SignatureDoesNotMatch", Outcome::kUnauthenticated,
       "invalid_signature"},
      {StatusCode::kInvalidArgument, "IncompleteSignature", Outcome::kUnauthenticated,
       "incomplete_signature"},
      {StatusCode::kUnauthenticated, "InvalidClientTokenId", Outcome::kUnauthenticated,
       "invalid_credentials"},
      {StatusCode::kUnauthenticated, "PRINCIPAL_GONE", Outcome::kUnauthenticated, "principal_gone"},
      {StatusCode::kPermissionDenied, "NOT_ADMITTED", Outcome::kDenied, "not_admitted"},
      {StatusCode::kPermissionDenied, "EXPLICIT_DENY", Outcome::kDenied, "explicit_deny"},
      {StatusCode::kInvalidArgument, "INVALID_CONTEXT", Outcome::kRefused, "malformed_request"},
      {StatusCode::kInvalidArgument, "", Outcome::kRefused, "malformed_request"},
      // Whatever is not known to be about the request is our failure.
      {StatusCode::kPermissionDenied, "UNKNOWN_PROXY", Outcome::kUndecided, "unknown_proxy"},
      {StatusCode::kPermissionDenied, "ASSERTION_NOT_ALLOWED", Outcome::kUndecided, "internal"},
      {StatusCode::kUnavailable, "NOT_LOADED", Outcome::kUndecided, "unavailable"},
      {StatusCode::kUnavailable, "AUDIT_UNAVAILABLE", Outcome::kUndecided, "unavailable"},
      {StatusCode::kUnavailable, "IDPCommunicationError", Outcome::kUndecided, "unavailable"},
      {StatusCode::kResourceExhausted, "", Outcome::kUndecided, "overload"},
      {StatusCode::kDeadlineExceeded, "", Outcome::kUndecided, "overload"},
      {StatusCode::kCancelled, "", Outcome::kUndecided, "internal"},
      {StatusCode::kInternal, "", Outcome::kUndecided, "internal"},
      {StatusCode::kUnknown, "", Outcome::kUndecided, "internal"},
  };
  for (const Row& row : rows) {
    const Words words = WordsFor(Status(row.code, row.status_reason));
    EXPECT_EQ(words.outcome, row.outcome) << row.status_reason;
    EXPECT_EQ(words.reason, row.reason) << row.status_reason;
    EXPECT_EQ(words.message.find("role/secret"), std::string_view::npos);
    EXPECT_FALSE(words.message.empty()) << row.status_reason;
  }
}

TEST(WordsTest, NothingIsAllowedByFailing) {
  for (int code = 1; code <= 16; ++code) {
    const auto words = WordsFor(Status(static_cast<StatusCode>(code), ""));
    EXPECT_NE(words.outcome, Outcome::kAllowed) << code;
  }
  EXPECT_EQ(Words().outcome, Outcome::kUndecided);
  EXPECT_EQ(Verdict().outcome, Outcome::kUndecided);
}

TEST(WordsTest, OfRoutes) {
  using route::Refusal;
  const std::pair<Refusal, std::string_view> rows[] = {
      {Refusal::kMalformed, "malformed_request"},
      {Refusal::kAmbiguousPath, "ambiguous_path"},
      {Refusal::kAmbiguousHost, "ambiguous_host"},
      {Refusal::kNoGateway, "no_gateway"},
      {Refusal::kNoRoute, "no_route"},
      {Refusal::kMissingValue, "missing_value"},
      {Refusal::kUnmappable, "unmappable"},
  };
  for (const auto& [refusal, reason] : rows) {
    const absl::Status status = route::Refuse(refusal, "x");
    EXPECT_EQ(WordsFor(status).reason, reason);
    EXPECT_EQ(WordsFor(status).outcome,
              status.code() == StatusCode::kInvalidArgument ? Outcome::kRefused : Outcome::kDenied);
  }
}

TEST(ProofStatusTest, OfExchanges) {
  struct ExchangeRow {
    StatusCode code;
    std::string_view reason;
    StatusCode to_code;
    std::string_view to_reason;
  };
  const ExchangeRow rows[] = {
      {StatusCode::kInvalidArgument, "InvalidIdentityToken", StatusCode::kUnauthenticated,
       "InvalidIdentityToken"},
      {StatusCode::kInvalidArgument, "ExpiredTokenException", StatusCode::kUnauthenticated,
       "ExpiredTokenException"},
      {StatusCode::kInvalidArgument, "ValidationError", StatusCode::kUnauthenticated,
       "InvalidIdentityToken"},
      {StatusCode::kPermissionDenied, "AccessDenied", StatusCode::kPermissionDenied,
       "NOT_ADMITTED"},
      {StatusCode::kPermissionDenied, "ASSERTION_NOT_ALLOWED", StatusCode::kPermissionDenied,
       "ASSERTION_NOT_ALLOWED"},
      {StatusCode::kUnavailable, "IDPCommunicationError", StatusCode::kUnavailable,
       "IDPCommunicationError"},
      {StatusCode::kInternal, "", StatusCode::kInternal, ""},
  };
  for (const ExchangeRow& row : rows) {
    const absl::Status status = AsProofStatus(Status(row.code, row.reason));
    EXPECT_EQ(status.code(), row.to_code) << row.reason;
    EXPECT_EQ(base::ReasonOf(status), row.to_reason) << row.reason;
  }
}

TEST(TransportTest, TextsOfFailuresStayHere) {
  const absl::Status not_loaded = Status(StatusCode::kUnavailable, "NOT_LOADED");
  EXPECT_EQ(ForTransport(not_loaded), not_loaded);
  const absl::Status internal = ForTransport(absl::InternalError("disk image is malformed"));
  EXPECT_EQ(internal.code(), StatusCode::kInternal);
  EXPECT_EQ(internal.message().find("disk"), std::string_view::npos);
  EXPECT_EQ(ForTransport(Status(StatusCode::kPermissionDenied, "X")).code(), StatusCode::kInternal);
  EXPECT_EQ(base::ReasonOf(ForTransport(Status(StatusCode::kPermissionDenied, "UNKNOWN_PROXY"))),
            "UNKNOWN_PROXY");
  EXPECT_FALSE(ForTransport(absl::UnknownError("x")).ok());
}

TEST(ChallengesTest, OnePerScheme) {
  using route::Method;
  EXPECT_THAT(Challenges({Method::kSignature, Method::kSessionToken, Method::kWebIdentity,
                          Method::kPeerCertificate},
                         "orders", false),
              ElementsAre("AWS4-HMAC-SHA256 realm=\"orders\"", "Bearer realm=\"orders\""));
  EXPECT_THAT(Challenges({Method::kWebIdentity, Method::kSignature}, "orders", true),
              ElementsAre("Bearer realm=\"orders\", error=\"invalid_token\"",
                          "AWS4-HMAC-SHA256 realm=\"orders\""));
  EXPECT_EQ(Challenges({Method::kPeerCertificate}, "orders", false).size(), 1u);
  EXPECT_EQ(Challenges({}, "orders", false).size(), 1u);
}

}  // namespace
}  // namespace portcullis::gateway
