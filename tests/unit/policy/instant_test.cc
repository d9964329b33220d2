#include <cstdint>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

TEST(Instant, Forms) {
  struct Case {
    std::string_view text;
    int64_t seconds;
    int32_t nanoseconds;
  };
  const Case kCases[] = {
      {"0", 0, 0},
      {"2024", 2024, 0},
      {"9223372036854775807", INT64_MAX, 0},
      {"1970-01", 0, 0},
      {"1970-01-01", 0, 0},
      {"2024-06-01", 1717200000, 0},
      {"2024-02-29", 1709164800, 0},
      {"2000-02-29T00:00Z", 951782400, 0},
      {"2024-06-01T12:30Z", 1717245000, 0},
      {"2024-06-01T12:30:15Z", 1717245015, 0},
      {"2024-06-01t12:30:15z", 1717245015, 0},
      {"2024-06-01T12:30:15", 1717245015, 0},
      {"2024-06-01T12:30:15.5Z", 1717245015, 500000000},
      {"2024-06-01T12:30:15.000000001Z", 1717245015, 1},
      {"2024-06-01T14:30:15+02:00", 1717245015, 0},
      {"2024-06-01T14:30:15+02", 1717245015, 0},
      {"2024-06-01T07:00:15-05:30", 1717245015, 0},
      {"9999-12-31T23:59:59Z", 253402300799, 0},
  };
  for (const Case& c : kCases) {
    const auto instant = ParseInstant(c.text);
    ASSERT_TRUE(instant.has_value()) << c.text;
    EXPECT_EQ(instant->seconds, c.seconds) << c.text;
    EXPECT_EQ(instant->nanoseconds, c.nanoseconds) << c.text;
  }
}

TEST(Instant, Malformed) {
  for (const std::string_view text : {"",
                                      "soon",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      "9223372036854775808",
                                      "2024-6",
                                      "2024-13",
                                      "2024-00",
                                      "2024-06-31",
                                      "2023-02-29",
                                      "1900-02-29",
                                      "2024-06-00",
                                      "2024-06-01T",
                                      "2024-06-01T12",
                                      "2024-06-01T24:00Z",
                                      "2024-06-01T12:60Z",
                                      "2024-06-01T12:30:60Z",
                                      "2024-06-01T12:30:15.Z",
                                      "2024-06-01T12:30:15.1234567890Z",
                                      "2024-06-01T12:30.5Z",
                                      "2024-06-01Z",
                                      "2024-06T12:00Z",
                                      "2024-06-01 12:30Z",
                                      "2024-06-01T12:30:15+2",
                                      "2024-06-01T12:30:15+0200",
                                      "2024-06-01T12:30:15+24:00",
                                      "2024-06-01T12:30:15ZZ",
                                      "12024-06-01",
                                      "1969-12-31",
                                      "1970-01-01T00:00:00+00:01",
                                      "-2024-06-01",
                                      "2024-"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace portcullis::policy
