// Which kind of proxy asks.
#include "server/forward_auth/profile.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

#include "tests/unit/forward_auth/sub_request_fixture.h"

namespace portcullis::forward_auth {
namespace {

TEST(Profiles, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Profile& profile : Profiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    // Either the request line tells of the original, or headers do.
    EXPECT_EQ(profile.method_header.empty(), profile.in_request_line) << profile.name;
    EXPECT_EQ(profile.uri_header.empty(), profile.in_request_line) << profile.name;
    EXPECT_EQ(profile.host_header.empty(), profile.in_request_line) << profile.name;
  }
  EXPECT_EQ(EnvoyProfile().api, metrics::Api::kExtAuthzHttp);
  EXPECT_EQ(OriginalProfile().api, metrics::Api::kForwardAuth);
  EXPECT_EQ(ForwardedProfile().api, metrics::Api::kForwardAuth);
}

TEST(ChooseProfile, GoesByTheFamilyOfHeaders) {
  struct Case {
    std::string what;
    Headers headers;
    std::string_view profile;
    bool problem = false;
  };
  const Case cases[] = {
      {"nginx", NginxHeaders(), "original"},
      {"ingress-nginx", IngressNginxHeaders(), "original"},
      {"Traefik, Caddy, APISIX", TraefikHeaders(), "forwarded"},
      {"any case of letters", {{"x-ORIGINAL-uri", "/"}}, "original"},
      {"one header is enough to be of a family", {{"X-Forwarded-Method", "GET"}}, "forwarded"},
      // The client of nginx adds what Traefik would, and the other way round.
      {"both", With(NginxHeaders(), {{"X-Forwarded-Uri", "/healthz"}}), "original", true},
      {"both", With(TraefikHeaders(), {{"X-Original-URL", "https://a/b"}}), "original", true},
      {"both", With(TraefikHeaders(), {{"X-Original-Host", "a"}}), "original", true},
      {"neither", {{"Host", "a"}, {"X-Forwarded-For", "192.0.2.1"}}, "original", true},
      {"nothing", {}, "original", true},
  };
  for (const Case& row : cases) {
    Sent sent{.headers = row.headers};
    const ProfileChoice choice = ChooseProfile(sent.View());
    EXPECT_EQ(choice.profile->name, row.profile) << row.what;
    EXPECT_EQ(!choice.problem.empty(), row.problem) << row.what;
  }
}

}  // namespace
}  // namespace portcullis::forward_auth
