#include <cstdint>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

TEST(Decimal, Order) {
  const std::string_view kAscending[] = {"-100000000000000000000000000000001",
                                         "-100000000000000000000000000000000",
                                         "-10",
                                         "-9.5",
                                         "-0.1",
                                         "0",
                                         "0.09",
                                         "0.1",
                                         "0.11",
                                         "1",
                                         "9.99",
                                         "10",
                                         "100000000000000000000000000000000",
                                         "100000000000000000000000000000000.5"};
  for (size_t i = 0; i < std::size(kAscending); ++i) {
    for (size_t j = 0; j < std::size(kAscending); ++j) {
      const auto a = ParseDecimal(kAscending[i]);
      const auto b = ParseDecimal(kAscending[j]);
      ASSERT_TRUE(a.has_value() && b.has_value());
      EXPECT_EQ(*a <=> *b, i <=> j) << kAscending[i] << " " << kAscending[j];
    }
  }
}

TEST(Decimal, Equality) {
  const std::pair<std::string_view, std::string_view> kEqual[] = {
      {"3600", "3600.0"}, {"10", "10.0"}, {"007", "7"}, {"-0", "0"}, {"-0.00", "+0"}, {"+5", "5"}};
  for (const auto& [a, b] : kEqual) EXPECT_EQ(ParseDecimal(a), ParseDecimal(b)) << a << " " << b;
}

TEST(Decimal, Malformed) {
  for (const std::string_view text : {"", "-", "+", ".5", "5.", "1e3", "0x10", " 1", "1 ", "1,000",
                                      "--1", "1.2.3", "abc", "NaN", "1.-2"}) {
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace portcullis::policy
