#include "client/probe_target.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

struct GoodCase {
  const char* url;
  const char* connection_url;
  const char* authority;
  const char* path;
  const char* query;
};

TEST(ProbeTargetTest, PartsAreAsTheyAreInTheUrl) {
  const GoodCase cases[] = {
      {"http://127.0.0.1:8000/orders/7", "http://127.0.0.1:8000/", "127.0.0.1:8000", "/orders/7",
       ""},
      {"https://orders.example.com/a?b=c&d", "https://orders.example.com:443/",
       "orders.example.com", "/a", "?b=c&d"},
      {"http://Orders.example.com", "http://Orders.example.com:80/", "Orders.example.com", "/", ""},
      {"http://[::1]:8000/a", "http://[::1]:8000/", "[::1]:8000", "/a", ""},
      {"https://h.example.com/a/../%2e%2E//b;c", "https://h.example.com:443/", "h.example.com",
       "/a/../%2e%2E//b;c", ""},
  };
  for (const GoodCase& c : cases) {
    const auto target = ParseProbeTarget(c.url);
    ASSERT_TRUE(target.ok()) << c.url << target.status();
    EXPECT_EQ(target->ConnectionUrl(), c.connection_url);
    EXPECT_EQ(target->authority, c.authority);
    EXPECT_EQ(target->path, c.path);
    EXPECT_EQ(target->query, c.query);
  }
}

TEST(ProbeTargetTest, AnythingElseIsRefused) {
  for (const char* url : {"", "orders.example.com/a", "ftp://h.example.com/a", "file:///etc/passwd",
                          "http://ana:secret@h.example.com/", "http://h.example.com/#a",
                          "http:///a", "http://h.example.com:70000/", "http://h.example.com/a b",
                          "http://h.example.com/\r\nx: y", "unix:/run/portcullis.sock"}) {
    EXPECT_EQ(ParseProbeTarget(url).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
  EXPECT_FALSE(ParseProbeTarget(std::string_view("http://h.example.com/\0/a", 24)).ok());
}

}  // namespace
}  // namespace portcullis::client
