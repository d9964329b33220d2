#include "server/base/clock.h"

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

TEST(Clock, SystemTellsTheTimeOfDay) {
  const absl::Time before = absl::Now();
  const absl::Time now = Clock::System().Now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
}

TEST(Clock, SystemIsOneObject) {
  EXPECT_EQ(&Clock::System(), &Clock::System());
}

}  // namespace
}  // namespace portcullis::base
