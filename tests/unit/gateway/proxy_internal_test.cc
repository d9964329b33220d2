#include "server/gateway/proxy_internal.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/gateway/gateway_world.h"

namespace portcullis::gateway {
namespace {

class ProxyTest : public GatewayTest {};

struct ProxyRow {
  std::string_view name;
  std::vector<std::string_view> identities;
  std::string_view secret;
  std::string_view proxy;  // "": nobody.
};

TEST_F(ProxyTest, WhoItIs) {
  const ProxyRow rows[] = {
      {"edge", {}, "", "edge"},
      {"Edge", {}, "", ""},
      {"nobody", {}, "", ""},
      // The listener's word is not replaced by something else.
      {"nobody", {"spiffe://example.org/ns/istio-system/sa/x"}, kMeshSecret, ""},
      {"", {"spiffe://example.org/ns/istio-system/sa/x"}, "", "mesh"},
      {"", {"DNS:x", "spiffe://example.org/ns/istio-system/sa/x"}, "", "mesh"},
      {"", {"spiffe://example.org/ns/istio-system"}, "", ""},
      {"", {"spiffe://example.org/ns/istio-systemX/a"}, "", ""},
      {"", {"spiffe://example.org/ns/other/a"}, "", ""},
      {"", {"spiffe://example.org/ns/other/a"}, kMeshSecret, "secretive"},
      {"", {}, kMeshSecret, "secretive"},
      {"", {}, "0123456789abcdef0123456789abcdeF", ""},
      {"", {}, "0123456789abcdef0123456789abcde", ""},
      {"", {}, "", ""},
  };
  for (const ProxyRow& row : rows) {
    const store::Proxy* proxy =
        FindProxy({row.name, row.identities, row.secret}, *world.store.Current());
    EXPECT_EQ(proxy == nullptr ? "" : proxy->name, row.proxy) << row.name;
  }
}

struct HopsRow {
  std::string_view connection;
  std::vector<std::string_view> forwarded;
  uint32_t hops;
  std::string_view address;
};

TEST(OriginalAddressTest, CountsHopsFromTheRight) {
  const HopsRow rows[] = {
      // Nobody but the proxy is believed.
      {"10.0.0.9", {"192.0.2.1"}, 0, "10.0.0.9"},
      {"10.0.0.9", {}, 0, "10.0.0.9"},
      {"2001:db8::9", {}, 0, "2001:db8::9"},
      // The one proxy before tells whom it had the request from; what is left of it is the client's
      // own word.
      {"10.0.0.9", {"192.0.2.1"}, 1, "192.0.2.1"},
      {"10.0.0.9", {"203.0.113.7, 192.0.2.1"}, 1, "192.0.2.1"},
      {"10.0.0.9", {"203.0.113.7,192.0.2.1, 10.0.0.8"}, 2, "192.0.2.1"},
      // Some proxies have appended the connection's address before they ask, some have not.
      {"10.0.0.9", {"192.0.2.1, 10.0.0.9"}, 1, "192.0.2.1"},
      {"2001:db8::9", {"192.0.2.1, 2001:DB8:0::9"}, 1, "192.0.2.1"},
      {"10.0.0.9", {"203.0.113.7, 192.0.2.1", "10.0.0.8, 10.0.0.9"}, 2, "192.0.2.1"},
      // Several headers are one list.
      {"10.0.0.9", {"203.0.113.7", "192.0.2.1"}, 1, "192.0.2.1"},
      // Past the proxies before.
      {"192.0.2.1", {}, 1, "192.0.2.1"},
      {"192.0.2.1", {"192.0.2.1"}, 1, "192.0.2.1"},
      {"192.0.2.1", {"203.0.113.7"}, 2, "192.0.2.1"},
      // No addresses.
      {"10.0.0.9", {"unknown"}, 1, ""},
      {"10.0.0.9", {""}, 1, ""},
      {"10.0.0.9", {"203.0.113.7, "}, 1, ""},
      {"10.0.0.9", {"192.0.2.1:4711"}, 1, ""},
      {"10.0.0.9", {"[2001:db8::1]"}, 1, ""},
      {"10.0.0.9", {"192.0.2.1/8"}, 1, ""},
      {"", {"192.0.2.1"}, 1, ""},
      {"", {}, 0, ""},
      {"localhost", {}, 0, ""},
      {"10.0.0.9:80", {}, 0, ""},
  };
  for (const HopsRow& row : rows) {
    std::vector<route::Header> headers = {{"x-real-ip", "198.51.100.1"},
                                          {"forwarded", "for=1.1.1.1"}};
    for (const std::string_view value : row.forwarded)
      headers.push_back({"x-forwarded-for", value});
    EXPECT_EQ(OriginalAddress(row.connection, headers, row.hops), row.address)
        << row.connection << " " << row.hops << " "
        << (row.forwarded.empty() ? "" : row.forwarded.front());
  }
}

TEST(BelieveTest, OnlyWhatTheProxyMaySay) {
  Sent sent;
  sent.peer_principal = "spiffe://example.org/x";
  sent.extensions = {{"portcullis.gateway", "admin"}};
  const ArrivalOf arrival(sent);
  store::Proxy proxy;
  Believed nothing = Believe(proxy, arrival.get());
  EXPECT_EQ(nothing.source_address, "");
  EXPECT_EQ(nothing.peer_principal, "");
  EXPECT_TRUE(nothing.extensions.empty());
  proxy.asserts_source_address = true;
  EXPECT_EQ(Believe(proxy, arrival.get()).source_address, "192.0.2.1");
  EXPECT_EQ(Believe(proxy, arrival.get()).peer_principal, "");
  proxy.asserts_peer_certificate = true;
  EXPECT_EQ(Believe(proxy, arrival.get()).peer_principal, "spiffe://example.org/x");
  EXPECT_TRUE(Believe(proxy, arrival.get()).extensions.empty());
  proxy.asserts_extensions = true;
  EXPECT_EQ(Believe(proxy, arrival.get()).extensions.size(), 1u);
}

}  // namespace
}  // namespace portcullis::gateway
