#include "server/base/error_reason.h"

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

TEST(ErrorReason, TravelsWithTheStatus) {
  const absl::Status status =
      ErrorWithReason(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token is expired");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.message(), "the token is expired");
  EXPECT_EQ(ReasonOf(status), "TOKEN_EXPIRED");
  const absl::Status copy = status;
  EXPECT_EQ(ReasonOf(copy), "TOKEN_EXPIRED");
}

TEST(ErrorReason, OthersHaveNone) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
}

}  // namespace
}  // namespace portcullis::base
