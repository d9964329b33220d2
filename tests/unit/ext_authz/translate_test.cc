#include "server/ext_authz/translate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

#include "server/base/text.h"

namespace portcullis::ext_authz {
namespace {

using envoy::service::auth::v3::CheckRequest;

CheckRequest Parse(const std::string& attributes) {
  CheckRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(attributes, &request)) << attributes;
  return request;
}

// All that an arrival says, a line each.
std::string Describe(const gateway::Arrival& arrival) {
  const route::Request& request = arrival.request;
  std::string text = base::Concat({request.method, " ", request.scheme, "|", request.host, "|",
                                   request.target, " ", request.protocol, "\n"});
  if (request.connection_only) text = base::Concat({"connection to ", request.host, "\n"});
  for (const route::Header& header : request.headers) {
    absl::StrAppend(&text, base::Concat({header.name, ": ", header.value, "\n"}));
  }
  if (request.headers_joined) text += "joined\n";
  if (request.body.has_value()) text += base::Concat({"body(", *request.body, ")\n"});
  for (const route::Extension& extension : request.extensions) {
    text += base::Concat({"extension ", extension.name, "=", extension.value, "\n"});
  }
  if (!arrival.source_address.empty()) {
    text += base::Concat({"from ", arrival.source_address, "\n"});
  }
  if (!arrival.peer_principal.empty()) {
    text += base::Concat({"peer ", arrival.peer_principal, "\n"});
  }
  if (!arrival.destination_principal.empty()) {
    text += base::Concat({"at ", arrival.destination_principal, "\n"});
  }
  if (!arrival.trace_parent.empty()) text += base::Concat({"trace ", arrival.trace_parent, "\n"});
  EXPECT_EQ(request.bytes_replaced, request.headers_joined);
  EXPECT_EQ(arrival.api, metrics::Api::kExtAuthz);
  EXPECT_EQ(arrival.proxy.name, "");
  EXPECT_EQ(arrival.proxy.secret, "");
  return text;
}

std::string Translate(const CheckRequest& request) {
  CheckScratch scratch;
  scratch.headers.push_back({"left", "over"});
  gateway::Arrival arrival;
  arrival.source_address = "left over";
  ToArrival(request, &scratch, &arrival);
  return Describe(arrival);
}

struct Case {
  const char* name;
  const char* request;
  const char* arrival;
};

constexpr Case kCases[] = {
    {"HTTP/1.1",
     R"(attributes {
          source { address { socket_address { address: "192.0.2.7" port_value: 50001 } } }
          destination { address { socket_address { address: "10.0.0.1" port_value: 8000 } } }
          request { time { seconds: 1 } http {
            id: "17" method: "GET" path: "/orders/7?x=1" host: "orders.example.com:8000"
            scheme: "http" size: -1 protocol: "HTTP/1.1"
            headers { key: ":authority" value: "orders.example.com:8000" }
            headers { key: ":method" value: "GET" }
            headers { key: ":path" value: "/orders/7?x=1" }
            headers { key: ":scheme" value: "http" }
            headers { key: "user-agent" value: "curl/8" }
            headers { key: "accept" value: "*/*" } } } })",
     "GET http|orders.example.com:8000|/orders/7?x=1 HTTP/1.1\naccept: */*\nuser-agent: curl/8\n"
     "joined\nbody()\nfrom 192.0.2.7\n"},
    {"a method that needs no body",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" scheme: "https" protocol: "HTTP/2" } } })",
     "GET https|a.example|/ HTTP/2\njoined\nbody()\n"},
    {"HTTP/2 need not say whether there is a body",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" scheme: "https" protocol: "HTTP/2" } } })",
     "POST https|a.example|/ HTTP/2\njoined\n"},
    {"Envoy keeps Transfer-Encoding to itself",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" scheme: "https" protocol: "HTTP/1.1" } } })",
     "POST https|a.example|/ HTTP/1.1\njoined\n"},
    {"HTTP/2 may say so",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" protocol: "HTTP/2"
            headers { key: "content-length" value: "0" } } } })",
     "POST |a.example|/ HTTP/2\ncontent-length: 0\njoined\nbody()\n"},
    {"a body that was not handed over",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" protocol: "HTTP/1.1"
            headers { key: "content-length" value: "3" } } } })",
     "POST |a.example|/ HTTP/1.1\ncontent-length: 3\njoined\n"},
    {"a length that is no number",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" protocol: "HTTP/1.1"
            headers { key: "content-length" value: "0,0" } } } })",
     "POST |a.example|/ HTTP/1.1\ncontent-length: 0,0\njoined\n"},
    {"a body in chunks",
     R"(attributes { request { http {
            method: "POST" path: "/" host: "a.example" protocol: "HTTP/1.1"
            headers { key: "transfer-encoding" value: "chunked" } } } })",
     "POST |a.example|/ HTTP/1.1\ntransfer-encoding: chunked\njoined\n"},
    {"a tunnel",
     R"(attributes { request { http {
            method: "CONNECT" path: "" host: "a.example:443" protocol: "HTTP/1.1" } } })",
     "CONNECT |a.example:443| HTTP/1.1\njoined\n"},
    {"gRPC",
     R"(attributes { request { http {
            method: "POST" path: "/shop.v1.Orders/Get" host: "a.example" scheme: "https"
            protocol: "HTTP/2"
            headers { key: "content-type" value: "application/grpc+proto" }
            headers { key: "te" value: "trailers" } } } })",
     "POST https|a.example|/shop.v1.Orders/Get HTTP/2\ncontent-type: application/grpc+proto\n"
     "te: trailers\njoined\n"},
    {"a whole body as bytes",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/2" raw_body: "\377\000x"
            headers { key: "content-length" value: "3" }
            headers { key: "x-envoy-auth-partial-body" value: "false" } } } })",
     "PUT |a.example|/ HTTP/2\ncontent-length: 3\njoined\nbody(\xff<NUL>x)\n"},
    {"a whole body as text",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/2" body: "abc"
            headers { key: "x-envoy-auth-partial-body" value: "false" } } } })",
     "PUT |a.example|/ HTTP/2\njoined\nbody(abc)\n"},
    {"the beginning of a body",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/1.1" body: "abc"
            headers { key: "content-length" value: "9" }
            headers { key: "x-envoy-auth-partial-body" value: "true" } } } })",
     "PUT |a.example|/ HTTP/1.1\ncontent-length: 9\njoined\n"},
    {"called whole, but shorter than announced",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/1.1" body: "abc"
            headers { key: "content-length" value: "4" }
            headers { key: "x-envoy-auth-partial-body" value: "false" } } } })",
     "PUT |a.example|/ HTTP/1.1\ncontent-length: 4\njoined\n"},
    {"a body of which nothing is said",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/1.1" body: "abc" } } })",
     "PUT |a.example|/ HTTP/1.1\njoined\n"},
    {"raw headers: order and duplicates are kept, bytes too, and they count for more",
     R"(attributes { request { http {
            method: "GET" path: "/a!" host: "a.example" scheme: "https" protocol: "HTTP/2"
            headers { key: "only" value: "here" }
            header_map {
              headers { key: ":method" raw_value: "GET" }
              headers { key: ":path" raw_value: "/a\377" }
              headers { key: ":authority" raw_value: "a.example" }
              headers { key: "x-b" raw_value: "2" }
              headers { key: "X-A" raw_value: "1\377" }
              headers { key: "x-b" value: "3" } } } } })",
     "GET https|a.example|/a\xff HTTP/2\nx-b: 2\nx-a: 1\xff\nx-b: 3\nbody()\n"},
    {"raw headers that say that the body is whole",
     R"(attributes { request { http {
            method: "PUT" path: "/" host: "a.example" protocol: "HTTP/2" raw_body: "abc"
            header_map { headers { key: "x-envoy-auth-partial-body" raw_value: "false" } } } } })",
     "PUT |a.example|/ HTTP/2\nbody(abc)\n"},
    {"raw headers without any",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" protocol: "HTTP/1.1" header_map {} } } })",
     "GET |a.example|/ HTTP/1.1\nbody()\n"},
    {"fields that are missing are taken from the pseudo headers",
     R"(attributes { request { http {
            headers { key: ":method" value: "PUT" } headers { key: ":path" value: "/p" }
            headers { key: ":authority" value: "a.example" }
            headers { key: ":scheme" value: "https" }
            headers { key: ":protocol" value: "websocket" } } } })",
     "PUT https|a.example|/p \njoined\n"},
    {"pseudo headers that contradict each other leave no method",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" protocol: "HTTP/2"
            header_map { headers { key: ":path" raw_value: "/a" }
                         headers { key: ":path" raw_value: "/b" } } } } })",
     " |a.example|/b HTTP/2\nbody()\n"},
    {"fields and pseudo headers that contradict each other leave no method",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" protocol: "HTTP/2"
            headers { key: ":path" value: "/b" } } } })",
     " |a.example|/ HTTP/2\njoined\nbody()\n"},
    {"raw ones, too",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" protocol: "HTTP/2"
            header_map { headers { key: ":authority" raw_value: "b.example" } } } } })",
     " |b.example|/ HTTP/2\nbody()\n"},
    {"the query of the path, said twice",
     R"(attributes { request { http {
            method: "GET" path: "/?a=b" query: "a=b" host: "a.example" protocol: "HTTP/2" } } })",
     "GET |a.example|/?a=b HTTP/2\njoined\nbody()\n"},
    {"a query that is not in the path",
     R"(attributes { request { http {
            method: "GET" path: "/" query: "a=b" host: "a.example" protocol: "HTTP/2" } } })",
     " |a.example|/ HTTP/2\njoined\nbody()\n"},
    {"a fragment",
     R"(attributes { request { http {
            method: "GET" path: "/" fragment: "a" host: "a.example" protocol: "HTTP/2" } } })",
     " |a.example|/ HTTP/2\njoined\nbody()\n"},
    {"a body called both whole and not",
     R"(attributes { request { http {
            method: "GET" path: "/" host: "a.example" protocol: "HTTP/2" raw_body: "a"
            header_map { headers { key: "x-envoy-auth-partial-body" raw_value: "true" }
                         headers { key: "X-Envoy-Auth-Partial-Body" raw_value: "false" } } } } })",
     " |a.example|/ HTTP/2\nbody(a)\n"},
    {"mutual TLS, extensions and a trace",
     R"(attributes {
          source { address { socket_address { address: "2001:db8::7" } }
                   principal: "spiffe://example.org/ns/shop/sa/cart" service: "claimed" }
          destination { principal: "spiffe://example.org/ns/edge/sa/envoy" service: "other" }
          context_extensions { key: "portcullis.gateway" value: "orders" }
          tls_session { sni: "sni.example" }
          request { http { method: "GET" path: "/" host: "a.example" protocol: "HTTP/2"
            headers { key: "traceparent"
                      value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
            headers { key: "x-forwarded-for" value: "198.51.100.1" } } } })",
     "GET |a.example|/ HTTP/2\n"
     "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
     "x-forwarded-for: 198.51.100.1\njoined\nbody()\n"
     "extension portcullis.gateway=orders\nfrom 2001:db8::7\n"
     "peer spiffe://example.org/ns/shop/sa/cart\nat spiffe://example.org/ns/edge/sa/envoy\n"
     "trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"},
    {"a bare connection",
     R"(attributes { source { address { socket_address { address: "192.0.2.7" } }
                              principal: "spiffe://example.org/db-client" }
                     destination { service: "db.example.com" } })",
     "connection to db.example.com\nfrom 192.0.2.7\npeer spiffe://example.org/db-client\n"},
    {"a bare connection with its handshake",
     R"(attributes { source {} destination { service: "db.example.com" }
                     tls_session { sni: "sni.example.com" } })",
     "connection to sni.example.com\n"},
    {"a connection over a Unix domain socket",
     R"(attributes { source { address { pipe { path: "/run/a.sock" } } } })", "connection to \n"},
    {"nothing at all", "", " || \n"},
    {"no request, source or destination", "attributes {}", " || \n"},
    {"no HTTP", "attributes { source {} request {} }", " || \njoined\n"},
    {"empty HTTP", "attributes { request { http {} } }", " || \njoined\n"},
};

TEST(ToArrival, ReadsWhatEnvoySends) {
  for (const Case& c : kCases) {
    std::string expected = c.arrival;
    if (const size_t nul = expected.find("<NUL>"); nul != std::string::npos) {
      expected.replace(nul, 5, 1, '\0');
    }
    EXPECT_EQ(Translate(Parse(c.request)), expected) << c.name;
  }
}

// What one call leaves behind must not be seen by the next.
TEST(ToArrival, StartsAfreshWithEveryRequest) {
  CheckScratch scratch;
  gateway::Arrival arrival;
  for (int round = 0; round < 2; ++round) {
    for (const Case& c : kCases) {
      const CheckRequest request = Parse(c.request);
      ToArrival(request, &scratch, &arrival);
      EXPECT_EQ(Describe(arrival), Translate(request)) << c.name;
    }
  }
}

}  // namespace
}  // namespace portcullis::ext_authz
