#include "server/source/schema.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SchemaGatewaysTest, EveryFieldOfAGateway) {
  const Parsed parsed = ParseText(R"(Gateways:
- Name: orders
  Account: "111122223333"
  Region: eu-west-1
  Hosts: [orders.example.com, "*.orders.example.com"]
  Identify: [PeerCertificate, WebIdentity, SessionToken, Signature]
  Signature: {Service: execute-api, Region: eu-west-2, Payload: Body, Presigned: false}
  WebIdentity: [{Issuer: "https://idp.example.org", RoleArn: "arn:aws:iam::111122223333:role/Web"}]
  PeerCertificate:
  - {TrustDomain: example.org, RoleArn: "arn:aws:iam::111122223333:role/Mesh"}
  Paths: {EmptySegments: true, Semicolons: true, Overrides: true}
  ForwardCredentials: true
  Rules:
  - Name: health
    Match: {Methods: [GET], Path: /healthz}
    Public: true
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  ASSERT_EQ(parsed.definitions->gateways.size(), 1u);
  const route::GatewayDefinition& gateway = parsed.definitions->gateways[0];
  EXPECT_EQ(gateway.position, (base::Position{2, 3}));
  EXPECT_EQ(gateway.name.text, "orders");
  EXPECT_EQ(gateway.name.position, (base::Position{2, 9}));
  EXPECT_EQ(gateway.account.text, "111122223333");
  EXPECT_EQ(gateway.region.text, "eu-west-1");
  ASSERT_EQ(gateway.hosts.size(), 2u);
  EXPECT_EQ(gateway.hosts[1].text, "*.orders.example.com");
  EXPECT_EQ(gateway.hosts[1].position, (base::Position{5, 31}));
  EXPECT_THAT(gateway.identify,
              ElementsAre(route::Method::kPeerCertificate, route::Method::kWebIdentity,
                          route::Method::kSessionToken, route::Method::kSignature));
  EXPECT_EQ(gateway.identify_position, (base::Position{6, 13}));
  EXPECT_EQ(gateway.signing_service.text, "execute-api");
  EXPECT_EQ(gateway.signing_region.text, "eu-west-2");
  EXPECT_EQ(gateway.payload, route::Payload::kBody);
  EXPECT_FALSE(gateway.presigned);
  ASSERT_EQ(gateway.web_identities.size(), 1u);
  EXPECT_EQ(gateway.web_identities[0].provider.text, "https://idp.example.org");
  EXPECT_EQ(gateway.web_identities[0].role_arn.text, "arn:aws:iam::111122223333:role/Web");
  ASSERT_EQ(gateway.peer_certificates.size(), 1u);
  EXPECT_EQ(gateway.peer_certificates[0].provider.text, "example.org");
  EXPECT_EQ(gateway.peer_certificates[0].role_arn.position, (base::Position{10, 41}));
  EXPECT_TRUE(gateway.empty_segments);
  EXPECT_TRUE(gateway.semicolons);
  EXPECT_TRUE(gateway.overrides);
  EXPECT_TRUE(gateway.forward_credentials);
  ASSERT_TRUE(gateway.rules.has_value());
  ASSERT_EQ(gateway.rules->size(), 1u);
}

TEST(SchemaGatewaysTest, EveryFieldOfARule) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Gateways:
- Name: orders
  Hosts: ["*"]
  Rules:
  - Name: get
    Match: {Methods: [GET, HEAD], Path: "/orders/{order}", Headers: {x-tenant: "*", x-a: ""}}
    Action: orders:GetOrder
    Resource: "arn:aws:orders:${region}:${account}:order/${path.order}"
    Context: {"orders:Tenant": "${header.x-tenant}"}
    Identify: [SessionToken]
    Payload: Unsigned
  - Match: {Grpc: "shop.v1.Orders/*", Connection: false}
    Mapping: Grpc
    Service: shop
  - {Mapping: ExecuteApi, Api: a1b2c3, Stage: prod}
  - {Match: {Connection: true}, Public: true}
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const route::GatewayDefinition& gateway = parsed.definitions->gateways.at(0);
  EXPECT_EQ(gateway.account.text, "111111111111");  // Of the file.
  EXPECT_THAT(gateway.identify, IsEmpty());
  ASSERT_TRUE(gateway.rules.has_value() && gateway.rules->size() == 4u);
  const route::RuleDefinition& rule = (*gateway.rules)[0];
  EXPECT_EQ(rule.position, (base::Position{6, 5}));
  EXPECT_EQ(rule.name.text, "get");
  ASSERT_EQ(rule.match.methods.size(), 2u);
  EXPECT_EQ(rule.match.methods[1].text, "HEAD");
  EXPECT_EQ(rule.match.path.text, "/orders/{order}");
  ASSERT_EQ(rule.match.headers.size(), 2u);
  EXPECT_EQ(rule.match.headers[0].name.text, "x-tenant");
  EXPECT_EQ(rule.match.headers[0].name.position, (base::Position{7, 70}));
  EXPECT_EQ(rule.match.headers[0].value.text, "*");
  EXPECT_EQ(rule.match.headers[1].value.text, "");
  EXPECT_FALSE(rule.match.connection.has_value());
  EXPECT_FALSE(rule.is_public);
  EXPECT_EQ(rule.action.text, "orders:GetOrder");
  EXPECT_EQ(rule.resource.text, "arn:aws:orders:${region}:${account}:order/${path.order}");
  ASSERT_EQ(rule.context.size(), 1u);
  EXPECT_EQ(rule.context[0].name.text, "orders:Tenant");
  EXPECT_EQ(rule.context[0].value.text, "${header.x-tenant}");
  EXPECT_THAT(rule.identify, ElementsAre(route::Method::kSessionToken));
  EXPECT_EQ(rule.payload, route::Payload::kUnsigned);
  EXPECT_FALSE(rule.mapping.has_value());

  EXPECT_EQ((*gateway.rules)[1].match.grpc.text, "shop.v1.Orders/*");
  EXPECT_EQ((*gateway.rules)[1].match.connection, false);
  EXPECT_EQ((*gateway.rules)[1].mapping, route::Mapping::kGrpc);
  EXPECT_EQ((*gateway.rules)[1].mapping_position, (base::Position{14, 14}));
  EXPECT_EQ((*gateway.rules)[1].service.text, "shop");
  EXPECT_FALSE((*gateway.rules)[1].payload.has_value());
  EXPECT_EQ((*gateway.rules)[2].mapping, route::Mapping::kExecuteApi);
  EXPECT_EQ((*gateway.rules)[2].api.text, "a1b2c3");
  EXPECT_EQ((*gateway.rules)[2].stage.text, "prod");
  EXPECT_EQ((*gateway.rules)[3].match.connection, true);
  EXPECT_TRUE((*gateway.rules)[3].is_public);
}

// No rules and an empty list of them are two things: everything is asked about, everything denied.
TEST(SchemaGatewaysTest, WhatIsLeftOutHasItsDefault) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Gateways:
- {Name: a, Hosts: [a.example.com]}
- {Name: b, Hosts: [b.example.com], Rules: []}
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const route::GatewayDefinition& gateway = parsed.definitions->gateways.at(0);
  EXPECT_EQ(gateway.payload, route::Payload::kDeclared);
  EXPECT_TRUE(gateway.presigned);
  EXPECT_TRUE(gateway.signing_region.text.empty());
  EXPECT_FALSE(gateway.empty_segments || gateway.semicolons || gateway.overrides ||
               gateway.forward_credentials);
  EXPECT_FALSE(gateway.rules.has_value());
  const auto& rules = parsed.definitions->gateways.at(1).rules;
  ASSERT_TRUE(rules.has_value());
  EXPECT_THAT(*rules, IsEmpty());
}

TEST(SchemaGatewaysTest, EveryMistakeInAGatewayIsReported) {
  const Parsed parsed = ParseText(R"(Gateways:
- Name: ""
  Host: [a.example.com]
  Hosts: []
  Identify: [signature, Bearer, Signature, Signature]
  Signature: {Payload: Declare, Presigned: 1}
  WebIdentity: [{Issuer: https}]
  Rules:
  - Match: {Path: "", Methods: [], Headers: [x]}
    Mapping: s3
    Identify: []
    Context: {"a:b": 1}
    Publik: true
- orders
)");
  EXPECT_THAT(
      parsed.diagnostics,
      ElementsAre(
          "a.yaml:3:3: error: unknown field `Host` of `Gateway`; did you mean `Hosts`?",
          "a.yaml:2:9: error: text must not be empty", "a.yaml:4:10: error: list must not be empty",
          "a.yaml:5:14: error: method `signature` must be `Signature`, `SessionToken`, "
          "`WebIdentity` or `PeerCertificate`; did you mean `Signature`?",
          "a.yaml:5:25: error: method `Bearer` must be `Signature`, `SessionToken`, "
          "`WebIdentity` or `PeerCertificate`",
          "a.yaml:5:44: error: method `Signature` is given twice",
          "a.yaml:6:24: error: payload `Declare` must be `Body`, `Declared` or `Unsigned`; did you "
          "mean `Declared`?",
          "a.yaml:6:44: error: expected `true` or `false`",
          "a.yaml:7:17: error: field `RoleArn` of `WebIdentity` is missing",
          "a.yaml:13:5: error: unknown field `Publik` of `GatewayRule`; did you mean `Public`?",
          "a.yaml:9:19: error: text must not be empty",
          "a.yaml:9:32: error: list must not be empty",
          "a.yaml:9:45: error: expected a mapping of names to texts, got a list",
          "a.yaml:10:14: error: mapping `s3` must be `ExecuteApi`, `S3`, `Grpc` or `ServiceVerb`; "
          "did you mean `S3`?",
          "a.yaml:11:15: error: list must not be empty",
          "a.yaml:12:22: error: expected a text, got the number `1`: put it in quotes",
          "a.yaml:2:3: error: a gateway needs `Account`, or one at the top of the file",
          "a.yaml:14:3: error: expected the fields of a `Gateway`, got a text"));
}

TEST(SchemaGatewaysTest, EveryFieldOfAProxy) {
  const Parsed parsed =
      ParseText(R"(Proxies:
- Name: edge
  Identities: ["spiffe://example.org/ns/istio-system/*", edge.example.org]
  Secret: {File: edge-proxy-secret}
  Gateways: [orders, files]
  Asserts: [PeerCertificate]
  TrustedHops: 2
  ErrorResponse: true
- Name: plain
- {Name: mute, Asserts: []}
)",
                {}, {{"edge-proxy-secret", "0123456789abcdef0123456789abcdef\n"}});
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  ASSERT_EQ(parsed.definitions->proxies.size(), 3u);
  const store::ProxyDefinition& edge = parsed.definitions->proxies[0];
  EXPECT_EQ(edge.position, (base::Position{2, 3}));
  EXPECT_EQ(edge.name.text, "edge");
  ASSERT_EQ(edge.identities.size(), 2u);
  EXPECT_EQ(edge.identities[0].text, "spiffe://example.org/ns/istio-system/*");
  ASSERT_TRUE(edge.secret.has_value());
  EXPECT_EQ(edge.secret->view(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(edge.secret_position, (base::Position{4, 11}));
  ASSERT_EQ(edge.gateways.size(), 2u);
  EXPECT_EQ(edge.gateways[1].text, "files");
  EXPECT_FALSE(edge.asserts_source_address);
  EXPECT_TRUE(edge.asserts_peer_certificate);
  EXPECT_FALSE(edge.asserts_extensions);
  EXPECT_FALSE(edge.asserts_principals);
  EXPECT_EQ(edge.trusted_hops, 2);
  EXPECT_EQ(edge.trusted_hops_position, (base::Position{7, 16}));
  EXPECT_TRUE(edge.error_response);

  const store::ProxyDefinition& plain = parsed.definitions->proxies[1];
  EXPECT_FALSE(plain.secret.has_value());
  EXPECT_TRUE(plain.asserts_source_address);
  EXPECT_FALSE(plain.asserts_peer_certificate);
  EXPECT_TRUE(plain.asserts_extensions);
  EXPECT_EQ(plain.trusted_hops, 0);
  EXPECT_FALSE(plain.error_response);
  const store::ProxyDefinition& mute = parsed.definitions->proxies[2];
  EXPECT_FALSE(mute.asserts_source_address || mute.asserts_extensions);
}

TEST(SchemaGatewaysTest, EveryMistakeInAProxyIsReported) {
  EXPECT_THAT(
      ParseText(R"(Proxies:
- Identities: []
  Secret: {File: missing}
  Gateways: []
  Asserts: [SourceAdress, Extensions, Extensions]
  TrustedHops: many
- {Name: a, Secret: hunter2hunter2hunter2hunter2hunter2}
)")
          .diagnostics,
      ElementsAre("a.yaml:2:3: error: field `Name` of `Proxy` is missing",
                  "a.yaml:2:15: error: list must not be empty",
                  "a.yaml:3:11: error: secret `missing` does not exist",
                  "a.yaml:4:13: error: list must not be empty",
                  "a.yaml:5:13: error: assertion `SourceAdress` must be `SourceAddress`, "
                  "`PeerCertificate`, `Extensions` or `Principals`; did you mean `SourceAddress`?",
                  "a.yaml:5:39: error: assertion `Extensions` is given twice",
                  "a.yaml:6:16: error: expected a whole number",
                  // The text of the would-be secret is not repeated.
                  "a.yaml:7:21: error: expected the fields of a `Secret`, got a text"));
  EXPECT_THAT(ParseText("Proxies: {}\nGateways: 1\n").diagnostics,
              ElementsAre("a.yaml:1:10: error: expected a list, got a mapping",
                          HasSubstr("a.yaml:2:11: error: expected a list")));
}

}  // namespace
}  // namespace portcullis::source
