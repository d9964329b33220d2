#include "server/rpc/peer_identity.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::rpc {
namespace {

TEST(CheckIdentityPattern, AcceptsNamesAndAWholeLastSegment) {
  for (const char* pattern :
       {"spiffe://example.org/ns/shop/sa/gateway", "spiffe://example.org/ns/shop/*",
        "spiffe://example.org/*", "gateway.shop.svc.cluster.local"}) {
    EXPECT_TRUE(CheckIdentityPattern(pattern).ok()) << pattern;
  }
}

TEST(CheckIdentityPattern, RefusesWhatWouldMatchTooMuch) {
  for (const char* pattern :
       {"", "*", "/*", "spiffe://*", "spiffe://example.org/ns*", "spiffe://*/ns/shop",
        "spiffe://example.org/*/sa/*", "*.example.org"}) {
    EXPECT_FALSE(CheckIdentityPattern(pattern).ok()) << pattern;
  }
}

TEST(MatchesIdentity, ComparesExactlyOrByPath) {
  struct Case {
    const char* pattern;
    const char* identity;
    bool matches;
  };
  const Case cases[] = {
      {"spiffe://a.org/x", "spiffe://a.org/x", true},
      {"spiffe://a.org/x", "spiffe://a.org/X", false},
      {"spiffe://a.org/x", "spiffe://a.org/x/y", false},
      {"spiffe://a.org/x/*", "spiffe://a.org/x/y", true},
      {"spiffe://a.org/x/*", "spiffe://a.org/x/y/z", true},
      {"spiffe://a.org/x/*", "spiffe://a.org/x/", false},
      {"spiffe://a.org/x/*", "spiffe://a.org/x", false},
      {"spiffe://a.org/x/*", "spiffe://a.org/xy", false},
      {"gateway.example.org", "gateway.example.org", true},
      {"gateway.example.org", "gateway.example.org.evil.test", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesIdentity(c.pattern, c.identity), c.matches) << c.pattern << " " << c.identity;
  }
}

TEST(AddressOfPeer, TakesTheAddressOutOfEveryForm) {
  struct Case {
    const char* uri;
    const char* address;
  };
  const Case cases[] = {
      {"ipv4:10.1.2.3:4711", "10.1.2.3"},
      {"ipv6:%5B2001:db8::1%5D:4711", "2001:db8::1"},
      {"ipv6:[2001:db8::1]:4711", "2001:db8::1"},
      {"ipv6:%5Bfe80::1%25eth0%5D:4711", "fe80::1"},
      {"ipv6:%5B::ffff:10.1.2.3%5D:4711", "10.1.2.3"},
      {"unix:/run/authz.sock", ""},
      {"unix:", ""},
      {"", ""},
      {"ipv6:garbage", ""},
  };
  for (const Case& c : cases) {
    std::string uri = c.uri;
    EXPECT_EQ(AddressOfPeer(&uri), c.address) << c.uri;
  }
}

}  // namespace
}  // namespace portcullis::rpc
