#include "server/route/host_internal.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/route/canonical_request.h"
#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct HostCase {
  std::string host;
  std::string expected;  // Or a reason.
};

// Section 5, item 4: port, capitals, final dot, IPv6 brackets, user information.
TEST(CanonicalHost, HasOneSpelling) {
  const std::string label63(63, 'a');
  const std::vector<HostCase> cases = {
      {"api.example.com", "api.example.com"},
      {"API.Example.COM", "api.example.com"},
      {"api.example.com.", "api.example.com"},
      {"api.example.com:8443", "api.example.com"},
      {"api.example.com.:443", "api.example.com"},
      {"localhost", "localhost"},
      {"a_b-c.example", "a_b-c.example"},
      {"192.0.2.1", "192.0.2.1"},
      {"192.0.2.1:80", "192.0.2.1"},
      {"[2001:DB8:0:0::1]", "2001:db8::1"},
      {"[2001:db8::1]:443", "2001:db8::1"},
      {"[::ffff:192.0.2.1]", "::ffff:192.0.2.1"},
      {label63 + ".example", label63 + ".example"},
      {"api.example.com:65535", "api.example.com"},
  };
  for (const HostCase& c : cases) {
    const auto host = CanonicalHost(c.host);
    ASSERT_TRUE(host.ok()) << c.host;
    EXPECT_EQ(*host, c.expected) << c.host;
    const bool is_ipv6 = host->find(':') != std::string::npos;
    const auto again = CanonicalHost(is_ipv6 ? "[" + *host + "]" : *host);
    EXPECT_EQ(again.value_or("none"), c.expected) << c.host;
  }
}

TEST(CanonicalHost, RefusesWhatHasSeveralReadings) {
  const std::string label64(64, 'a');
  std::string long_name;
  for (int i = 0; i < 130; ++i) long_name += "a.";
  for (const std::string& host : {
           std::string(""),
           std::string("."),
           std::string("user@example.com"),
           std::string("example.com@evil.test"),
           std::string("example.com:"),
           std::string("example.com:0"),
           std::string("example.com:65536"),
           std::string("example.com:80x"),
           std::string("example.com:080000"),
           std::string("example.com:80:80"),
           std::string("example..com"),
           std::string(".example.com"),
           std::string("example.com.."),
           std::string("exa mple.com"),
           std::string("example.com/path"),
           std::string("example.com,evil.test"),
           std::string("example%2ecom"),
           std::string("ex\xc3\xa4mple.com"),
           std::string("example.com\0.evil.test", 22),
           std::string("*.example.com"),
           std::string("2001:db8::1"),  // Without brackets: is the last part a port?
           std::string("[2001:db8::1"),
           std::string("[2001:db8::1]x"),
           std::string("[2001:db8::1]]"),
           std::string("[2001:db8::zz]"),
           std::string("[fe80::1%eth0]"),
           std::string("[192.0.2.1]"),
           std::string("[]"),
           std::string("127.1"),  // An address to inet_aton().
           std::string("2130706433"),
           std::string("0x7f.1"),
           std::string("0x7f000001"),
           std::string("010.0.0.1"),
           std::string("256.0.0.1"),
           std::string("192.0.2.1.5"),
           label64 + ".example",
           long_name,
       }) {
    EXPECT_EQ(Reason(CanonicalHost(host).status()), "AMBIGUOUS_HOST") << host;
  }
}

TEST(CanonicalHost, IsBounded) {
  EXPECT_EQ(Reason(CanonicalHost(std::string(kHostBytesMax, 'a')).status()), "AMBIGUOUS_HOST");
  EXPECT_EQ(Reason(CanonicalHost(std::string(kHostBytesMax + 1, 'a')).status()),
            "MALFORMED_REQUEST");
}

TEST(CanonicalHostName, TakesNoPort) {
  EXPECT_EQ(CanonicalHostName("Example.com.").value_or("none"), "example.com");
  EXPECT_EQ(CanonicalHostName("[::1]").value_or("none"), "::1");
  EXPECT_FALSE(CanonicalHostName("example.com:80").ok());
  EXPECT_FALSE(CanonicalHostName("").ok());
}

}  // namespace
}  // namespace portcullis::route
