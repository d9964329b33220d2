// What sub-requests say, and which of them say nothing that can be relied on.
#include "server/forward_auth/sub_request.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/forward_auth/sub_request_fixture.h"

namespace portcullis::forward_auth {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

std::vector<std::string> NamesOf(const route::Request& request) {
  std::vector<std::string> names;
  for (const route::Header& header : request.headers) names.emplace_back(header.name);
  return names;
}

// Every kind of proxy tells of the same request.
TEST(SubRequest, TellsOfTheOriginal) {
  struct Case {
    std::string what;
    const Profile& profile;
    Sent sent;
    std::string_view scheme;
    std::string_view source;
  };
  Case cases[] = {
      {"nginx", OriginalProfile(), {.headers = NginxHeaders()}, "https", "198.51.100.7"},
      {"ingress", OriginalProfile(), {.headers = IngressNginxHeaders()}, "https", "198.51.100.7"},
      {"Traefik", ForwardedProfile(), {.headers = TraefikHeaders()}, "https", "198.51.100.7"},
      // Envoy tells neither in a way that the client could not imitate.
      {"Envoy", EnvoyProfile(), EnvoySent(), "", ""},
  };
  const Headers clients = {{"Authorization", "Bearer t"},
                           {"X-Amz-Date", "20261122T000000Z"},
                           {"Accept", "text/html"},
                           {"x-portcullis-principal", "arn:aws:iam::111122223333:root"},
                           {"Traceparent", "00-a-b-01"}};
  for (Case& row : cases) {
    row.sent.headers = With(row.sent.headers, clients);
    const http::Request request = row.sent.View();
    const SubRequest sub_request(row.profile, request);
    const route::Request& original = sub_request.original();
    EXPECT_THAT(sub_request.problem(), IsEmpty()) << row.what;
    EXPECT_EQ(original.method, "GET") << row.what;
    EXPECT_EQ(original.target, "/a%20b?c=1") << row.what;
    EXPECT_EQ(original.host, "shop.example.com:8443") << row.what;
    EXPECT_EQ(original.scheme, row.scheme) << row.what;
    EXPECT_EQ(sub_request.source_address(), row.source) << row.what;
    EXPECT_EQ(sub_request.trace_parent(), "00-a-b-01") << row.what;
    EXPECT_EQ(original.body, std::nullopt) << row.what;
    EXPECT_FALSE(original.connection_only) << row.what;
    EXPECT_EQ(original.headers_joined, &row.profile == &EnvoyProfile()) << row.what;
    // The client's own headers, and nothing of the proxy's but the list of addresses.
    std::vector<std::string> names = NamesOf(original);
    std::erase(names, "x-forwarded-for");
    EXPECT_THAT(names, UnorderedElementsAreArray({"authorization", "x-amz-date", "accept",
                                                  "x-portcullis-principal", "traceparent"}))
        << row.what;
  }
}

TEST(SubRequest, RefusesWhatDoesNotTellOfOneRequest) {
  struct Case {
    Headers headers;
    std::string problem;
  };
  const Headers nginx = NginxHeaders();
  const Headers ingress = IngressNginxHeaders();
  const Case original[] = {
      // Missing: a mistake of the proxy's must not become a question about our own endpoint.
      {Without(nginx, "X-Original-URI"), "x-original-uri is missing"},
      {Without(nginx, "X-Original-Host"), "x-original-host is missing"},
      {Without(nginx, "X-Original-Method"), "x-original-method is missing"},
      {With(Without(nginx, "X-Original-URI"), {{"X-Original-URI", ""}}), "is missing"},
      // Twice: one of them is the client's.
      {With(nginx, {{"X-Original-URI", "/healthz"}}), "x-original-uri is there twice"},
      {With(nginx, {{"x-original-uri", "/a%20b?c=1"}}), "x-original-uri is there twice"},
      {With(nginx, {{"X-Original-Method", "GET"}}), "x-original-method is there twice"},
      {With(nginx, {{"X-Original-Host", "shop.example.com"}}), "x-original-host is there twice"},
      {With(nginx, {{"X-Forwarded-Proto", "http"}}), "x-forwarded-proto is there twice"},
      {With(nginx, {{"X-Real-IP", "127.0.0.1"}}), "x-real-ip is there twice"},
      {With(ingress, {{"X-Original-URL", "https://a/b"}}), "x-original-url is there twice"},
      {With(nginx, {{"x-portcullis-proxy-secret", "a"}, {"X-Portcullis-Proxy-Secret", "b"}}),
       "x-portcullis-proxy-secret is there twice"},
      {With(nginx, {{"X-Original-Content-Length", "1"}, {"X-Original-Content-Length", "2"}}),
       "x-original-content-length is there twice"},
      // Two that tell the same.
      {With(nginx, {{"X-Original-URL", "https://shop.example.com:8443/a%20b?c=1"}}),
       "another that tells the same"},
      {With(ingress, {{"X-Original-Host", "a"}}), "another that tells the same"},
      // Malformed.
      {With(Without(nginx, "X-Original-Method"), {{"X-Original-Method", "GET, POST"}}),
       "x-original-method is malformed"},
      {With(Without(nginx, "X-Forwarded-Proto"), {{"X-Forwarded-Proto", "https, http"}}),
       "neither http nor https"},
      {With(Without(nginx, "X-Real-IP"), {{"X-Real-IP", "198.51.100.7, 127.0.0.1"}}),
       "x-real-ip is not an address"},
      {With(nginx, {{"X-Original-Content-Length", "-1"}}), "is malformed"},
      {With(Without(ingress, "X-Original-URL"), {{"X-Original-URL", "/a"}}), "is malformed"},
      {With(Without(ingress, "X-Original-URL"), {{"X-Original-URL", "https://shop?a=/"}}),
       "is malformed"},
      {With(Without(ingress, "X-Original-URL"), {{"X-Original-URL", "https:///a"}}),
       "is malformed"},
      {With(Without(ingress, "X-Original-URL"), {{"X-Original-URL", "gopher://shop/a"}}),
       "neither http nor https"},
  };
  const Headers traefik = TraefikHeaders();
  const Case forwarded[] = {
      {Without(traefik, "X-Forwarded-Uri"), "x-forwarded-uri is missing"},
      {Without(traefik, "X-Forwarded-Host"), "x-forwarded-host is missing"},
      {Without(traefik, "X-Forwarded-Method"), "x-forwarded-method is missing"},
      {With(traefik, {{"X-Forwarded-Uri", "/"}}), "x-forwarded-uri is there twice"},
      {With(traefik, {{"X-Forwarded-For", "127.0.0.1"}}), "x-forwarded-for is there twice"},
      {With(Without(traefik, "X-Forwarded-For"), {{"X-Forwarded-For", "198.51.100.7, unknown"}}),
       "x-forwarded-for does not end in an address"},
  };
  const auto check = [](const Profile& profile, const Case& row) {
    Sent sent{.headers = With(row.headers, {{"Accept", "text/html"}})};
    const http::Request request = sent.View();
    const SubRequest sub_request(profile, request);
    EXPECT_THAT(sub_request.problem(), HasSubstr(row.problem));
    // Nothing is left that a rule could be about; how to answer is still known.
    EXPECT_EQ(sub_request.original().method, "") << row.problem;
    EXPECT_EQ(sub_request.original().target, "") << row.problem;
    EXPECT_EQ(sub_request.original().host, "") << row.problem;
    EXPECT_EQ(sub_request.source_address(), "") << row.problem;
    EXPECT_EQ(sub_request.original().FindHeader("accept"), "text/html") << row.problem;
  };
  for (const Case& row : original) check(OriginalProfile(), row);
  for (const Case& row : forwarded) check(ForwardedProfile(), row);
}

TEST(SubRequest, TakesEnvoysPathBehindThePrefix) {
  struct Case {
    std::string target;
    std::string original;  // Empty: refused.
  };
  const Case cases[] = {
      {"/ext_authz/", "/"},
      {"/ext_authz/orders/1?x=1", "/orders/1?x=1"},
      {"/ext_authz//a", "//a"},
      {"/ext_authz/ext_authz/a", "/ext_authz/a"},
      {"/ext_authz/%2e%2e/a", "/%2e%2e/a"},
      {"/ext_authz", ""},
      {"/ext_authz?a=1", ""},
      {"/ext_authz*", ""},
      {"/ext_authzilla", ""},
      {"/forward-auth", ""},
  };
  for (const Case& row : cases) {
    Sent sent{.method = "DELETE", .target = row.target, .headers = {{"Host", "a.example.com"}}};
    const http::Request request = sent.View();
    const SubRequest sub_request(EnvoyProfile(), request);
    EXPECT_EQ(sub_request.original().target, row.original) << row.target;
    EXPECT_EQ(sub_request.problem().empty(), !row.original.empty()) << row.target;
    if (!row.original.empty()) {
      EXPECT_EQ(sub_request.original().method, "DELETE");
    }
  }
}

// A body is known if Envoy handed all of it over, and unknown in every other case.
TEST(SubRequest, KnowsTheBodyThatCameAlong) {
  struct Case {
    std::string what;
    const Profile& profile;
    Headers headers;
    std::optional<std::string> body;
    std::optional<std::string> content_length;
  };
  const Case cases[] = {
      {"whole",
       EnvoyProfile(),
       {{"x-envoy-auth-partial-body", "false"}, {"Content-Length", "4"}},
       "body",
       "4"},
      {"cut off",
       EnvoyProfile(),
       {{"x-envoy-auth-partial-body", "true"}, {"Content-Length", "4"}},
       std::nullopt,
       std::nullopt},
      {"twice",
       EnvoyProfile(),
       {{"x-envoy-auth-partial-body", "false"}, {"x-envoy-auth-partial-body", "false"}},
       std::nullopt,
       std::nullopt},
      {"not configured", EnvoyProfile(), {{"Content-Length", "0"}}, std::nullopt, std::nullopt},
      {"nginx has none", OriginalProfile(),
       With(NginxHeaders(), {{"x-envoy-auth-partial-body", "false"}, {"Content-Length", "0"}}),
       std::nullopt, std::nullopt},
      {"but may tell its length", OriginalProfile(),
       With(NginxHeaders(), {{"X-Original-Content-Length", "17"}}), std::nullopt, "17"},
      {"as may others", ForwardedProfile(),
       With(TraefikHeaders(), {{"X-Original-Content-Length", "17"}}), std::nullopt, "17"},
  };
  for (const Case& row : cases) {
    Sent sent{.headers = row.headers, .body = "body"};
    if (row.profile.in_request_line) {
      sent.target = "/ext_authz/a";
      sent.headers.emplace_back("Host", "a");
    }
    const http::Request request = sent.View();
    const SubRequest sub_request(row.profile, request);
    EXPECT_THAT(sub_request.problem(), IsEmpty()) << row.what;
    EXPECT_EQ(sub_request.original().body, row.body) << row.what;
    EXPECT_EQ(sub_request.original().FindHeader("content-length"), row.content_length) << row.what;
  }
}

TEST(SubRequest, KeepsTheSecretToItself) {
  Sent sent{.headers = With(NginxHeaders(), {{"X-Portcullis-Proxy-Secret", "s3cret"}})};
  const http::Request request = sent.View();
  const SubRequest sub_request(OriginalProfile(), request);
  EXPECT_EQ(sub_request.secret(), "s3cret");
  EXPECT_THAT(NamesOf(sub_request.original()), Not(testing::Contains("x-portcullis-proxy-secret")));
}

TEST(SubRequest, KnowsAddressesOnlyWhereTheProxyTellsThem) {
  struct Case {
    std::string what;
    const Profile& profile;
    Headers headers;
    std::string source;
  };
  const Case cases[] = {
      {"the client's list is not the proxy's word", OriginalProfile(),
       With(Without(NginxHeaders(), "X-Real-IP"), {{"X-Forwarded-For", "10.0.0.1"}}), ""},
      {"nor is its X-Real-IP where the proxy has another way", ForwardedProfile(),
       With(TraefikHeaders(), {{"X-Real-IP", "10.0.0.1"}}), "198.51.100.7"},
      {"one entry", ForwardedProfile(),
       With(Without(TraefikHeaders(), "X-Forwarded-For"), {{"X-Forwarded-For", "2001:db8::1"}}),
       "2001:db8::1"},
      {"no list", ForwardedProfile(), Without(TraefikHeaders(), "X-Forwarded-For"), ""},
  };
  for (const Case& row : cases) {
    Sent sent{.headers = row.headers};
    const http::Request request = sent.View();
    const SubRequest sub_request(row.profile, request);
    EXPECT_EQ(sub_request.source_address(), row.source) << row.what;
    EXPECT_THAT(sub_request.problem(), IsEmpty()) << row.what;
  }
}

}  // namespace
}  // namespace portcullis::forward_auth
