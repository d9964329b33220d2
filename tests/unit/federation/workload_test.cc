#include "server/federation/workload.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::federation {
namespace {

TEST(ParseSpiffeId, TakesApartWhatTheSpecificationPermits) {
  struct Case {
    const char* text;
    SpiffeId id;
  };
  const Case cases[] = {
      {"spiffe://example.org", {"example.org", ""}},
      {"spiffe://example.org/ns/prod/sa/billing", {"example.org", "/ns/prod/sa/billing"}},
      {"spiffe://a_b-c.1/X", {"a_b-c.1", "/X"}},
      {"spiffe://1.2.3.4/service", {"1.2.3.4", "/service"}},
      {"spiffe://example.org/...", {"example.org", "/..."}},
      {"spiffe://example.org/.hidden/a..b/-_.", {"example.org", "/.hidden/a..b/-_."}},
  };
  for (const Case& c : cases) {
    const absl::StatusOr<SpiffeId> id = ParseSpiffeId(c.text);
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(*id, c.id) << c.text;
    EXPECT_EQ(SpiffeIdText(*id), c.text);
  }
}

TEST(ParseSpiffeId, RefusesEverythingElse) {
  for (const char* text : {"",
                           "spiffe",
                           "spiffe:",
                           "spiffe:/",
                           "spiffe://",
                           "spiffe:///path",
                           "SPIFFE://example.org",
                           "Spiffe://example.org",
                           "https://example.org/a",
                           " spiffe://example.org",
                           "spiffe://example.org ",
                           "spiffe://Example.org/a",
                           "spiffe://example.org:443/a",
                           "spiffe://user@example.org/a",
                           "spiffe://exam%70le.org",
                           "spiffe://ex\xc3\xa4mple.org",
                           "spiffe://[::1]/a",
                           "spiffe://example.org?x",
                           "spiffe://example.org#x",
                           "spiffe://example.org/",
                           "spiffe://example.org/a/",
                           "spiffe://example.org//a",
                           "spiffe://example.org/a//b",
                           "spiffe://example.org/.",
                           "spiffe://example.org/..",
                           "spiffe://example.org/a/../b",
                           "spiffe://example.org/a/./b",
                           "spiffe://example.org/a/..",
                           "spiffe://example.org/a?x=1",
                           "spiffe://example.org/a#x",
                           "spiffe://example.org/%41",
                           "spiffe://example.org/a b",
                           "spiffe://example.org/a*",
                           "spiffe://example.org/a:b",
                           "spiffe://example.org/a\\b",
                           "spiffe://example.org/\xc3\xa4",
                           "spiffe://*/a",
                           "spiffe://example.org/a\n"}) {
    const absl::StatusOr<SpiffeId> id = ParseSpiffeId(text);
    EXPECT_EQ(id.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseSpiffeId(std::string_view("spiffe://a/b\0c", 14)).ok());
}

TEST(ParseSpiffeId, HoldsTheLimits) {
  const std::string domain(kTrustDomainBytesMax, 'a');
  EXPECT_TRUE(ParseSpiffeId("spiffe://" + domain).ok());
  EXPECT_FALSE(ParseSpiffeId("spiffe://" + domain + "a").ok());
  const std::string start = "spiffe://example.org/";
  EXPECT_TRUE(ParseSpiffeId(start + std::string(kSpiffeIdBytesMax - start.size(), 'a')).ok());
  EXPECT_FALSE(ParseSpiffeId(start + std::string(kSpiffeIdBytesMax + 1 - start.size(), 'a')).ok());
}

}  // namespace
}  // namespace portcullis::federation
