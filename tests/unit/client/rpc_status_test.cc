#include "client/rpc_status.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

TEST(FromGrpcStatus, KeepsCodeTextAndReason) {
  const absl::Status status = FromGrpcStatus(
      ErrorWithDetails(grpc::StatusCode::UNAUTHENTICATED, "TOKEN_EXPIRED", "the session is over"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.message(), "the session is over");
  EXPECT_EQ(base::ReasonOf(status), "TOKEN_EXPIRED");
}

TEST(FromGrpcStatus, KeepsEveryCode) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status =
        FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(code), "text"));
    EXPECT_EQ(static_cast<int>(status.code()), code);
    EXPECT_EQ(base::ReasonOf(status), "");
  }
}

TEST(FromGrpcStatus, NeverTurnsAnUnknownCodeIntoOk) {  // One that the enumeration can hold.
  EXPECT_EQ(FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(20), "text")).code(),
            absl::StatusCode::kUnknown);
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(FromGrpcStatus, IgnoresDetailsThatAreNotOurs) {
  EXPECT_EQ(base::ReasonOf(FromGrpcStatus(
                grpc::Status(grpc::StatusCode::INTERNAL, "text", "\xff\xff not a message"))),
            "");
}

}  // namespace
}  // namespace portcullis::client
