#include "server/base/timestamp.h"

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

TEST(FormatTimestamp, IsInUtcToTheSecond) {
  const absl::Time time =
      absl::FromCivil(absl::CivilSecond(2026, 2, 3, 4, 5, 6), absl::FixedTimeZone(2 * 60 * 60));
  EXPECT_EQ(FormatTimestamp(time), "2026-02-03T02:05:06Z");
  EXPECT_EQ(FormatTimestamp(time + absl::Milliseconds(999)), "2026-02-03T02:05:06Z");
  EXPECT_EQ(FormatTimestamp(absl::UnixEpoch()), "1970-01-01T00:00:00Z");
}

}  // namespace
}  // namespace portcullis::base
