#include <string_view>

#include <gtest/gtest.h>

#include "server/policy/condition_value.h"

namespace portcullis::policy {
namespace {

TEST(IpBlock, Contains) {
  struct Case {
    std::string_view block;
    std::string_view address;
    bool expected;
  };
  const Case kCases[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.5/8", "10.1.1.1", true},
      {"203.0.113.7/24", "203.0.113.99", true},
      {"203.0.113.7", "203.0.113.7", true},
      {"203.0.113.7", "203.0.113.8", false},
      {"203.0.113.6/31", "203.0.113.7", true},
      {"203.0.113.6/31", "203.0.113.8", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", true},
      {"::/0", "::1", true},
      {"::/0", "10.0.0.1", false},
      {"0.0.0.0/0", "::1", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"fe80::1:0/113", "fe80::1:7fff", true},
      {"fe80::1:0/113", "fe80::1:8000", false},
  };
  for (const Case& c : kCases) {
    const auto block = ParseIpBlock(c.block);
    const auto address = ParseIpAddress(c.address);
    ASSERT_TRUE(block.has_value() && address.has_value()) << c.block << " " << c.address;
    EXPECT_EQ(block->Contains(*address), c.expected) << c.block << " " << c.address;
  }
}

TEST(IpBlock, Malformed) {
  for (const std::string_view text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8",
        "010.0.0.0", "10.0.0", "10.0.0.0.0", "256.0.0.0", "10.0.0.0 ", "::/129", "::1%eth0",
        ":::", "1:2:3:4:5:6:7:8:9", "12345::", "nowhere", "10.0.0.*"}) {
    EXPECT_FALSE(ParseIpBlock(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseIpBlock(std::string_view("10.0.0.1\0", 9)).has_value());
  EXPECT_FALSE(ParseIpAddress("10.0.0.0/8").has_value());
}

}  // namespace
}  // namespace portcullis::policy
