#include "server/signature/date_internal.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::signature {
namespace {

constexpr int64_t kNoon = 1795262400;  // 2026-11-21T12:00:00Z

TEST(ParseBasicDate, TakesExactlyTheBasicFormat) {
  EXPECT_EQ(ParseBasicDate("20261121T120000Z"), absl::FromUnixSeconds(kNoon));
  EXPECT_EQ(ParseBasicDate("19700101T000000Z"), absl::UnixEpoch());
  EXPECT_EQ(ParseBasicDate("20240229T235959Z"), absl::FromUnixSeconds(1709251199));
  for (const char* bad : {"",
                          "20261121",
                          "20261121T120000",
                          "20261121t120000Z",
                          "20261121T120000z",
                          "2026-11-21T12:00:00Z",
                          "20261121T120000Z ",
                          " 20261121T120000Z",
                          "20261121T120000+",
                          "20261321T120000Z",
                          "20260021T120000Z",
                          "20261131T120000Z",
                          "20261100T120000Z",
                          "20230229T000000Z",
                          "20261121T240000Z",
                          "20261121T126000Z",
                          "20261121T120060Z",
                          "2026112 T120000Z",
                          "-0261121T120000Z",
                          "+2026121T120000Z",
                          "00001121T120000Z"}) {
    EXPECT_EQ(ParseBasicDate(bad), std::nullopt) << bad;
  }
}

TEST(ParseHttpDate, TakesWhatSignersSend) {
  for (const char* good : {"Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026 12:00:00 -0000",
                           "Sat, 21 Nov 2026 12:00:00 +0000", "Sat, 21 Nov 2026 12:00:00 UTC"}) {
    EXPECT_EQ(ParseHttpDate(good), absl::FromUnixSeconds(kNoon)) << good;
  }
  for (const char* bad :
       {"", "Sat, 21 Nov 2026 12:00:00", "Sat, 21 Nov 2026 12:00:00 ", "21 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 2026 12:00:00 +0100", "Sat, 21 Nov 2026 12:00:00 CET",
        "Sat, 21 nov 2026 12:00:00 GMT", "Sat, 31 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 2026 12:00:61 GMT", "Sat, 1 Nov 2026 12:00:00 GMT",
        "Xyz, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2026 12:00:00 GMT ",
        "Saturday, 21-Nov-26 12:00:00 GMT", "20261121T120000Z"}) {
    EXPECT_EQ(ParseHttpDate(bad), std::nullopt) << bad;
  }
}

TEST(FormatBasicDate, IsTheWayBack) {
  EXPECT_EQ(FormatBasicDate(absl::FromUnixSeconds(kNoon)), "20261121T120000Z");
  EXPECT_EQ(FormatBasicDate(absl::FromUnixSeconds(kNoon) + absl::Milliseconds(999)),
            "20261121T120000Z");
  EXPECT_EQ(FormatBasicDate(absl::UnixEpoch() - absl::Seconds(1)), "19691231T235959Z");
  // Whatever a caller's clock says: a text, if not one that can be parsed.
  EXPECT_FALSE(FormatBasicDate(absl::InfiniteFuture()).empty());
  EXPECT_FALSE(FormatBasicDate(absl::InfinitePast()).empty());
}

}  // namespace
}  // namespace portcullis::signature
