#include "client/retry.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

TEST(Retry, OnlyUnavailableIsRetried) {
  EXPECT_TRUE(IsRetried(absl::UnavailableError("")));
  for (const absl::Status& status :
       {absl::OkStatus(), absl::DeadlineExceededError(""), absl::PermissionDeniedError(""),
        absl::UnauthenticatedError(""), absl::InternalError(""), absl::AbortedError(""),
        absl::ResourceExhaustedError(""), absl::UnknownError(""), absl::CancelledError("")}) {
    EXPECT_FALSE(IsRetried(status)) << status;
  }
}

TEST(Retry, PausesDoubleUpToTheirLimit) {
  const RetryPolicy policy{.first_pause = absl::Milliseconds(100),
                           .pause_max = absl::Milliseconds(500)};
  const int expected_ms[] = {100, 200, 400, 500, 500};
  for (int failures = 1; failures <= 5; ++failures) {
    EXPECT_EQ(PauseAfter(failures, policy, 0.0), absl::Milliseconds(expected_ms[failures - 1]));
  }
  EXPECT_EQ(PauseAfter(1'000'000, policy, 0.0), absl::Milliseconds(500));
}

TEST(Retry, UpToAHalfOfAPauseIsLeftOut) {
  const RetryPolicy policy{.first_pause = absl::Milliseconds(100)};
  EXPECT_EQ(PauseAfter(1, policy, 0.5), absl::Milliseconds(75));
  EXPECT_GT(PauseAfter(1, policy, 0.999), absl::Milliseconds(50));
}

TEST(Retry, RandomFractionsAreBelowOne) {
  double least = 1;
  double greatest = 0;
  for (int i = 0; i < 1000; ++i) {
    const double random = RandomFraction();
    ASSERT_GE(random, 0);
    ASSERT_LT(random, 1);
    least = std::min(least, random);
    greatest = std::max(greatest, random);
  }
  EXPECT_LT(least, 0.1);
  EXPECT_GT(greatest, 0.9);
}

}  // namespace
}  // namespace portcullis::client
