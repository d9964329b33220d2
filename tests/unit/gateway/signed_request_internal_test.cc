#include "server/gateway/signed_request_internal.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/signature/canonical_request.h"
#include "server/signature/verify.h"
#include "tests/unit/gateway/gateway_world.h"

namespace portcullis::gateway {
namespace {

using route::Payload;

class SignedRequestTest : public GatewayTest {
 protected:
  // "" or the reason for which the signature of `sent` is no good at `gateway`.
  std::string Verified(const Sent& sent, std::string_view gateway, Payload payload,
                       bool presigned = false) {
    const ArrivalOf arrival(sent);
    SignedRequest signed_request;
    const engine::SignedProof& proof = signed_request.Read(
        arrival.get().request, *world.store.Current()->routes().FindGateway(gateway), payload,
        presigned);
    const auto claimed = signature::ParseAuthentication(proof.request, proof.parsing);
    if (!claimed.ok()) return base::ReasonOf(claimed.status());
    return base::ReasonOf(signature::VerifySignature(
        proof.request, *claimed, kSecret, world.clock.Now(), proof.verification, nullptr));
  }
};

constexpr std::string_view kMismatch = "SignatureDoesNotMatch";

struct PayloadRow {
  std::string_view name;
  std::string_view method;
  std::optional<std::string> handed_over;  // Of the signed body "data"; nullopt: nothing.
  std::string_view length;                 // content-length.
  bool declared;                           // The client sends x-amz-content-sha256.
  bool is_unsigned;
  std::string_view body;  // Outcomes by rule.
  std::string_view by_declaration;
  std::string_view without;
};

//
TEST_F(SignedRequestTest, WhatOfTheBodyIsCovered) {
  const PayloadRow rows[] = {
      {"whole", "POST", "data", "4", false, false, "", "", ""},
      {"whole, declared", "POST", "data", "4", true, false, "", "", ""},
      {"another body", "POST", "evil", "4", false, false, kMismatch, kMismatch, kMismatch},
      {"another body, declared", "POST", "evil", "4", true, false, kMismatch, kMismatch, kMismatch},
      {"not handed over", "POST", std::nullopt, "4", false, false, kMismatch, kMismatch, kMismatch},
      {"not handed over, declared", "POST", std::nullopt, "4", true, false, kMismatch, "", ""},
      {"unsigned", "POST", "data", "4", true, true, kMismatch, kMismatch, ""},
      {"unsigned, not handed over", "POST", std::nullopt, "4", true, true, kMismatch, kMismatch,
       ""},
  };
  for (const PayloadRow& row : rows) {
    Sent sent;
    sent.method = std::string(row.method);
    sent.body = "data";
    signature::SignOptions options;
    options.declare_payload = row.declared;
    options.payload_unsigned = row.is_unsigned;
    sent = Signed(sent, options).With("content-length", row.length);
    sent.body = row.handed_over;
    EXPECT_EQ(Verified(sent, "orders", Payload::kBody), row.body) << row.name;
    EXPECT_EQ(Verified(sent, "orders", Payload::kDeclared), row.by_declaration) << row.name;
    EXPECT_EQ(Verified(sent, "orders", Payload::kUnsigned), row.without) << row.name;
  }
}

struct EmptyRow {
  std::string_view method;
  std::vector<route::Header> headers;
  bool is_empty;
};

// Proxies that hand over no bodies: a request that announces none has none.
TEST_F(SignedRequestTest, RequestsWithoutABody) {
  const EmptyRow rows[] = {
      {"GET", {}, true},
      {"HEAD", {}, true},
      {"DELETE", {}, true},
      {"POST", {}, false},
      {"PATCH", {}, false},
      {"get", {}, false},
      {"POST", {{"content-length", "0"}}, true},
      {"GET", {{"content-length", "1"}}, false},
      {"GET", {{"content-length", ""}}, false},
      {"GET", {{"content-length", "0"}, {"content-length", "9"}}, false},
      {"GET", {{"transfer-encoding", "chunked"}}, false},
      {"POST", {{"content-length", "0"}, {"transfer-encoding", "chunked"}}, false},
  };
  const auto snapshot = world.store.Current();
  const route::Gateway& gateway = *snapshot->routes().FindGateway("orders");
  for (const EmptyRow& row : rows) {
    route::Request request;
    request.method = row.method;
    request.target = "/";
    request.headers = row.headers;
    SignedRequest reader;
    const auto& lenient = reader.Read(request, gateway, Payload::kDeclared, false);
    EXPECT_EQ(lenient.request.body_sha256.has_value(), row.is_empty) << row.method;
    const auto& strict = reader.Read(request, gateway, Payload::kBody, false);
    EXPECT_FALSE(strict.request.body_sha256.has_value()) << row.method;
  }
}

TEST_F(SignedRequestTest, WhatItIsSignedFor) {
  signature::SignOptions options;
  EXPECT_EQ(Verified(Signed({}, options), "orders", Payload::kDeclared), "");
  options.region = "us-west-2";
  EXPECT_EQ(Verified(Signed({}, options), "orders", Payload::kDeclared), "");
  options.service = "sts";
  EXPECT_EQ(Verified(Signed({}, options), "orders", Payload::kDeclared), kMismatch);
  Orders().signing_region = At("eu-west-1");
  Orders().signing_service = At("orders");
  world.Publish();
  options.service = "orders";
  EXPECT_EQ(Verified(Signed({}, options), "orders", Payload::kDeclared), kMismatch);
  options.region = "eu-west-1";
  EXPECT_EQ(Verified(Signed({}, options), "orders", Payload::kDeclared), "");
}

TEST_F(SignedRequestTest, HostsOfBothKinds) {
  Sent sent = Signed({});
  EXPECT_EQ(Verified(sent, "orders", Payload::kDeclared), "");
  EXPECT_EQ(Verified(sent.With("host", sent.host), "orders", Payload::kDeclared), "");
  sent.host = "other.example.com";
  EXPECT_EQ(Verified(sent, "orders", Payload::kDeclared), kMismatch);
}

TEST_F(SignedRequestTest, HeadersOfProxiesNeedNoSignature) {
  EXPECT_EQ(Verified(Signed({}).With("x-amzn-trace-id", "Root=1").With("x-amz-cf-id", "x"),
                     "orders", Payload::kDeclared),
            "");
}

TEST_F(SignedRequestTest, PresignedRequests) {
  EXPECT_EQ(Verified(Presigned({}), "orders", Payload::kDeclared, true), "");
  signature::SignOptions s3;
  s3.payload_unsigned = true;
  s3.path_rule = signature::PathRule::kS3;
  s3.service = "s3";
  EXPECT_EQ(Verified(Presigned({}, s3), "orders", Payload::kDeclared, true), kMismatch);
  // what the tools for S3 send.
  Orders().signing_service = At("s3");
  Orders().rules = std::nullopt;
  route::RuleDefinition rule;
  rule.mapping = route::Mapping::kS3;
  Orders().rules = {rule};
  world.Publish();
  Sent sent;
  sent.target = "/bucket/a%20key";
  EXPECT_EQ(Verified(Presigned(sent, s3), "orders", Payload::kDeclared, true), "");
  EXPECT_EQ(Verified(Presigned(sent, s3), "orders", Payload::kBody, true), kMismatch);
  Orders().presigned = false;
  world.Publish();
  EXPECT_EQ(Verified(Presigned(sent, s3), "orders", Payload::kDeclared, true),
            "IncompleteSignature");
}

}  // namespace
}  // namespace portcullis::gateway
