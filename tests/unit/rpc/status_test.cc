#include "server/rpc/status.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::rpc {
namespace {

// Every situation in which a caller gets no decision, with what it must see.
struct Row {
  const char* situation;
  absl::Status status;
  grpc::StatusCode code;
  const char* reason;
  const char* message;
};

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message) {
  return base::ErrorWithReason(code, reason, message);
}

TEST(ToGrpcStatus, MapsEverySituation) {
  using Code = absl::StatusCode;
  const Row rows[] = {
      {"expired token", Error(Code::kUnauthenticated, "TOKEN_EXPIRED", "token expired"),
       grpc::StatusCode::UNAUTHENTICATED, "TOKEN_EXPIRED", "token expired"},
      {"forged token", Error(Code::kUnauthenticated, "TOKEN_FORGED", "not authentic"),
       grpc::StatusCode::UNAUTHENTICATED, "TOKEN_FORGED", "not authentic"},
      {"unknown key", Error(Code::kUnauthenticated, "TOKEN_UNKNOWN_KEY", "unknown key"),
       grpc::StatusCode::UNAUTHENTICATED, "TOKEN_UNKNOWN_KEY", "unknown key"},
      {"may not ask", Error(Code::kPermissionDenied, "ASSERTION_NOT_ALLOWED", "may not assert"),
       grpc::StatusCode::PERMISSION_DENIED, "ASSERTION_NOT_ALLOWED", "may not assert"},
      {"AssumeRole refused", Error(Code::kPermissionDenied, "AccessDenied", "User: ..."),
       grpc::StatusCode::PERMISSION_DENIED, "AccessDenied", "User: ..."},
      {"malformed", Error(Code::kInvalidArgument, "MALFORMED_REQUEST", "action: empty"),
       grpc::StatusCode::INVALID_ARGUMENT, "MALFORMED_REQUEST", "action: empty"},
      {"no reason given", absl::InvalidArgumentError("action: empty"),
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT", "action: empty"},
      {"nothing loaded", Error(Code::kUnavailable, "NOT_LOADED", "no policies"),
       grpc::StatusCode::UNAVAILABLE, "NOT_LOADED", "no policies"},
      {"overload", absl::ResourceExhaustedError("too many"), grpc::StatusCode::RESOURCE_EXHAUSTED,
       "RESOURCE_EXHAUSTED", "too many"},
      {"too late", absl::DeadlineExceededError("late"), grpc::StatusCode::DEADLINE_EXCEEDED,
       "DEADLINE_EXCEEDED", "late"},
      {"impossible state", absl::InternalError("index 7 of 3"), grpc::StatusCode::INTERNAL,
       "INTERNAL", "internal error"},
      {"unknown", absl::UnknownError("secret path"), grpc::StatusCode::UNKNOWN, "UNKNOWN",
       "internal error"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.situation);
    const grpc::Status status = ToGrpcStatus(row.status);
    EXPECT_EQ(status.error_code(), row.code);
    EXPECT_EQ(status.error_message(), row.message);
    EXPECT_EQ(ErrorReasonOf(status), row.reason);
    const ErrorWords words = ToErrorWords(row.status);
    EXPECT_EQ(words.code, row.code);
    EXPECT_EQ(words.message, row.message);
    EXPECT_EQ(words.reason, row.reason);
  }
}

TEST(ToGrpcStatus, KeepsOkWithoutDetails) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.error_details(), "");
}

TEST(ToGrpcStatus, NeverMapsAnErrorToOk) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "message"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
  }
}

// The bytes are what the libraries of every language read as google.rpc.Status.
TEST(ToGrpcStatus, HasTheWireFormatOfGoogleRpcStatus) {
  const std::string details =
      ToGrpcStatus(Error(absl::StatusCode::kUnauthenticated, "R", "M")).error_details();
  EXPECT_EQ(details,
            std::string("\x08\x10\x12\x01M\x1a\x3b\x0a\x28type.googleapis.com/google.rpc.ErrorInfo"
                        "\x12\x0f\x0a\x01R\x12\x0aportcullis"));
}

std::string* heard = nullptr;

TEST(ToGrpcStatus, TellsTheHookWhatItHidesFromClients) {
  std::string text;
  heard = &text;
  SetInternalErrorHook([](const absl::Status& status) { *heard += status.ToString() + ";"; });
  EXPECT_FALSE(ToGrpcStatus(absl::InternalError("index 7 of 3")).ok());
  EXPECT_FALSE(ToGrpcStatus(absl::NotFoundError("nothing")).ok());
  SetInternalErrorHook(nullptr);
  EXPECT_FALSE(ToGrpcStatus(absl::InternalError("unheard")).ok());
  EXPECT_EQ(text, "INTERNAL: index 7 of 3;");
}

TEST(ErrorReasonOf, IsEmptyForForeignDetails) {
  EXPECT_EQ(ErrorReasonOf(grpc::Status(grpc::StatusCode::INTERNAL, "m", "\xff\xff")), "");
  EXPECT_EQ(ErrorReasonOf(grpc::Status(grpc::StatusCode::INTERNAL, "m")), "");
}

}  // namespace
}  // namespace portcullis::rpc
