#include "server/gateway/credentials_internal.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace portcullis::gateway {
namespace {

using Kind = Presented::Kind;
using Headers = std::vector<route::Header>;

constexpr std::string_view kSigned =
    "AWS4-HMAC-SHA256 Credential=AKIA/20261121/eu-west-1/execute-api/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00";
constexpr std::string_view kPlain = "/orders/17?a=b";
constexpr std::string_view kPresigned = "/orders/17?X-Amz-Signature=00";

struct Row {
  std::string_view name;
  std::string_view target;
  Headers headers;
  Kind kind;
  std::string_view token;
};

Presented Read(std::string_view target, const Headers& headers) {
  route::Request request;
  request.method = "GET";
  request.host = "orders.example.com";
  request.target = target;
  request.headers = headers;
  const auto canonical = route::Canonicalize(request, {});
  EXPECT_TRUE(canonical.ok()) << canonical.status();
  return canonical.ok() ? ReadCredentials(request, *canonical) : Presented();
}

void ExpectShown(absl::Span<const Row> rows) {
  for (const Row& row : rows) {
    const Presented presented = Read(row.target, row.headers);
    EXPECT_EQ(presented.kind, row.kind) << row.name;
    EXPECT_EQ(presented.token, row.token) << row.name;
  }
}

TEST(CredentialsTest, WhatARequestShows) {
  const Row rows[] = {
      {"nothing", kPlain, {}, Kind::kNothing, ""},
      {"an empty header", kPlain, {{"authorization", ""}}, Kind::kNothing, ""},
      {"a signature", kPlain, {{"authorization", kSigned}}, Kind::kSignature, ""},
      {"with a token",
       kPlain,
       {{"authorization", kSigned}, {"x-amz-security-token", "t"}},
       Kind::kSignature,
       ""},
      {"an algorithm that is none of ours",
       kPlain,
       {{"authorization", "AWS4-ECDSA-P256-SHA256 Credential=x"}},
       Kind::kSignature,
       ""},
      {"presigned", kPresigned, {}, Kind::kSignature, ""},
      {"presigned, its name encoded", "/a?X-Amz%2DSignature=00", {}, Kind::kSignature, ""},
      {"presigned, in part", "/a?X-Amz-Credential=00", {}, Kind::kSignature, ""},
      {"a name in lower case is somebody else's", "/a?x-amz-signature=00", {}, Kind::kNothing, ""},
      {"a session token",
       kPlain,
       {{"authorization", "Bearer AbC-_"}},
       Kind::kSessionToken,
       "AbC-_"},
      {"in lower case", kPlain, {{"authorization", "bearer  AbC "}}, Kind::kSessionToken, "AbC"},
      {"a JWT", kPlain, {{"authorization", "Bearer e.y.J"}}, Kind::kWebIdentity, "e.y.J"},
      {"a JWE is none",
       kPlain,
       {{"authorization", "Bearer a.b.c.d.e"}},
       Kind::kSessionToken,
       "a.b.c.d.e"},
      {"no token", kPlain, {{"authorization", "Bearer"}}, Kind::kSessionToken, ""},
      {"Basic", kPlain, {{"authorization", "Basic YTpi"}}, Kind::kOther, ""},
      {"a token alone", kPlain, {{"x-amz-security-token", "t"}}, Kind::kNothing, ""},
  };
  ExpectShown(rows);
}

TEST(CredentialsTest, TwoAtOnce) {
  const Row rows[] = {
      {"two headers",
       kPlain,
       {{"authorization", "Bearer a"}, {"authorization", "Bearer a"}},
       Kind::kConflicting,
       ""},
      {"one of two empty",
       kPlain,
       {{"authorization", ""}, {"authorization", "Bearer a"}},
       Kind::kConflicting,
       ""},
      {"joined bearers", kPlain, {{"authorization", "Bearer a,Bearer b"}}, Kind::kConflicting, ""},
      {"a joined tail", kPlain, {{"authorization", "Bearer a, b"}}, Kind::kConflicting, ""},
      {"a joined parameter", kPlain, {{"authorization", "Bearer a,b=c"}}, Kind::kConflicting, ""},
      {"Basic and Bearer",
       kPlain,
       {{"authorization", "Basic YTpi, Bearer a"}},
       Kind::kConflicting,
       ""},
      {"header and query", kPresigned, {{"authorization", kSigned}}, Kind::kConflicting, ""},
      {"bearer and query", kPresigned, {{"authorization", "Bearer a"}}, Kind::kConflicting, ""},
      {"two tokens",
       kPlain,
       {{"authorization", kSigned}, {"x-amz-security-token", "t"}, {"x-amz-security-token", "t"}},
       Kind::kConflicting,
       ""},
      {"joined tokens",
       kPlain,
       {{"authorization", kSigned}, {"x-amz-security-token", "t,u"}},
       Kind::kConflicting,
       ""},
      {"tokens in header and query",
       "/a?X-Amz-Signature=00&X-Amz-Security-Token=t",
       {{"x-amz-security-token", "t"}},
       Kind::kConflicting,
       ""},
      {"bearer and token",
       kPlain,
       {{"authorization", "Bearer a"}, {"x-amz-security-token", "t"}},
       Kind::kConflicting,
       ""},
  };
  ExpectShown(rows);
}

// As a proxy joins them; a signature's own commas are not those.
TEST(CredentialsTest, JoinedSignatures) {
  const std::string twice = std::string(kSigned) + "," + std::string(kSigned);
  const std::string mixed = std::string(kSigned) + ", Bearer a";
  const std::string bare = std::string(kSigned) + ",Bearer";
  for (const std::string& value : {twice, mixed, bare}) {
    EXPECT_EQ(Read(kPlain, {{"authorization", value}}).kind, Kind::kConflicting) << value;
  }
}

TEST(CredentialsTest, PresignedIsTold) {
  EXPECT_TRUE(Read(kPresigned, {}).in_query);
  EXPECT_FALSE(Read(kPlain, {{"authorization", kSigned}}).in_query);
}

TEST(CredentialsTest, TheBearerTokenAlone) {
  for (const auto& [headers, token] : std::vector<std::pair<Headers, std::string_view>>{
           {{{"authorization", "Bearer a.b.c"}}, "a.b.c"},
           {{{"authorization", "BEARER a"}}, "a"},
           {{{"authorization", "Basic a"}}, ""},
           {{{"authorization", "Bearer a"}, {"authorization", "Bearer b"}}, ""},
           {{}, ""}}) {
    route::Request request;
    request.headers = headers;
    EXPECT_EQ(BearerToken(request), token);
  }
}

}  // namespace
}  // namespace portcullis::gateway
