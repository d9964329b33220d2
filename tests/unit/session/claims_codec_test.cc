#include "server/session/claims_codec.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/session/deflate_internal.h"
#include "tests/unit/session/session_fixtures.h"

namespace portcullis::session {
namespace {

std::string Encoded(const SessionClaims& claims) {
  absl::StatusOr<std::string> bytes = EncodeClaims(claims);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

// The body of minimal claims, uncompressed, without the two bytes before it.
std::string MinimalBody() {
  return Encoded(MinimalClaims()).substr(2);
}

std::string Plain(const std::string& body) {
  return std::string("\x01\x00", 2) + body;
}
std::string Compressed(const std::string& body) {
  return "\x01\x01" + *Deflate(body);
}

TEST(ClaimsCodec, RoundTrips) {
  std::vector<SessionClaims> all = {MinimalClaims(), FullClaims()};
  for (int kind = 1; kind <= 5; ++kind) {
    all.push_back(FullClaims());
    all.back().kind = static_cast<SessionKind>(kind);
  }
  SessionClaims limited_by_nothing = MinimalClaims();
  limited_by_nothing.limited = true;
  all.push_back(limited_by_nothing);
  SessionClaims extremes = FullClaims();
  extremes.issued_at_seconds = 0;
  extremes.expires_at_seconds = 1;
  extremes.mfa_at_seconds = 0;
  extremes.chain_depth = 0xFFFFFFFF;
  extremes.chain = std::vector<std::string>(kChainMax, "");
  extremes.tags = {{"k", std::string(70000, 'v'), false}};
  all.push_back(extremes);
  for (const SessionClaims& claims : all) {
    const absl::StatusOr<SessionClaims> decoded = DecodeClaims(Encoded(claims));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, claims);
  }
}

TEST(ClaimsCodec, FormatOfVersion1IsFrozen) {
  // Tokens live for hours across upgrades; whoever changes these bytes needs a new version.
  const std::string expected = std::string("\x01\x00", 2) + std::string("\x01\x01\x01", 3) +
                               std::string("\x02\x0A\x00\x01\x02\x03\x04\x05\x06\x07\x08\xFF", 12) +
                               "\x03\x03"
                               "aws" +
                               "\x04\x0C"
                               "111122223333" +
                               "\x05\x15"
                               "AROAAAAAAAAAAAAAAAAAA" +
                               "\x08\x05\x80\xF7\xC4\xD5\x06" + "\x09\x05\x90\x93\xC5\xD5\x06";
  EXPECT_EQ(Encoded(MinimalClaims()), expected);
}

struct ClaimsCase {
  const char* name;
  std::function<void(SessionClaims*)> change;
  bool valid;
};

const ClaimsCase kClaimsCases[] = {
    {"unspecified kind", [](auto* c) { c->kind = SessionKind::kUnspecified; }, false},
    {"unknown kind", [](auto* c) { c->kind = static_cast<SessionKind>(6); }, false},
    {"no partition", [](auto* c) { c->partition.clear(); }, false},
    {"no account", [](auto* c) { c->account.clear(); }, false},
    {"account of 11 digits", [](auto* c) { c->account = "11112222333"; }, false},
    {"account of 13 digits", [](auto* c) { c->account = "1111222233334"; }, false},
    {"account with a letter", [](auto* c) { c->account = "11112222333a"; }, false},
    {"no principal id", [](auto* c) { c->principal_id.clear(); }, false},
    {"issued before 1970", [](auto* c) { c->issued_at_seconds = -1; }, false},
    {"expires when issued", [](auto* c) { c->expires_at_seconds = c->issued_at_seconds; }, false},
    {"longest lifetime", [](auto* c) { c->expires_at_seconds = kIssued + 129600; }, true},
    {"one second longer", [](auto* c) { c->expires_at_seconds = kIssued + 129601; }, false},
    {"beyond year 9999",
     [](auto* c) {
       c->issued_at_seconds = 253402300799;
       c->expires_at_seconds = 253402300800;
     },
     false},
    {"policy without limited", [](auto* c) { c->session_policy = "{}"; }, false},
    {"policy ARN without limited", [](auto* c) { c->policy_arns = {"arn"}; }, false},
    {"10 policy ARNs",
     [](auto* c) {
       c->limited = true;
       c->policy_arns.assign(10, "arn");
     },
     true},
    {"11 policy ARNs",
     [](auto* c) {
       c->limited = true;
       c->policy_arns.assign(11, "arn");
     },
     false},
    {"chain of 8", [](auto* c) { c->chain.assign(kChainMax, "arn"); }, true},
    {"chain of 9", [](auto* c) { c->chain.assign(kChainMax + 1, "arn"); }, false},
    {"tag without key",
     [](auto* c) {
       c->tags = {{"", "v", false}};
     },
     false},
    {"negative MFA time", [](auto* c) { c->mfa_at_seconds = -1; }, false},
    {"not UTF-8: session name", [](auto* c) { c->session_name = "\xff"; }, false},
    {"not UTF-8: tag value",
     [](auto* c) {
       c->tags = {{"k", "\xff", false}};
     },
     false},
    {"not UTF-8: chain", [](auto* c) { c->chain = {"\xff"}; }, false},
    {"federated key without name",
     [](auto* c) {
       c->federated_keys = {{"", {"v"}, false}};
     },
     false},
    {"federated key without values",
     [](auto* c) {
       c->federated_keys = {{"p:aud", {}, true}};
     },
     false},
    {"federated key with an empty value",
     [](auto* c) {
       c->federated_keys = {{"p:amr", {"", "otp"}, true}};
     },
     true},
    {"federated key, not UTF-8",
     [](auto* c) {
       c->federated_keys = {{"p:sub", {"\xff"}, false}};
     },
     false},
    {"16 federated keys",
     [](auto* c) {
       c->federated_keys.assign(kFederatedKeysMax, {"p:aud", {"v"}, false});
     },
     true},
    {"17 federated keys",
     [](auto* c) {
       c->federated_keys.assign(kFederatedKeysMax + 1, {"p:aud", {"v"}, false});
     },
     false},
    {"not UTF-8: issuer's key", [](auto* c) { c->issuer_access_key_id = "\xff"; }, false},
};

// Fields 21 and 22 belong to version 1 too: tokens without them decode, and tokens with them are
// these bytes.
TEST(ClaimsCodec, FederatedKeysAndIssuersKeyAreFrozenToo) {
  SessionClaims claims = MinimalClaims();
  claims.federated_keys = {{"p:a", {"x"}, false}, {"p:m", {"y", ""}, true}};
  claims.issuer_access_key_id = "AKIA";
  const std::string expected = Encoded(MinimalClaims()) +
                               std::string(
                                   "\x15\x11"
                                   "\x03p:a\x00\x02\x01x"
                                   "\x03p:m\x01\x03\x01y\x00",
                                   19) +
                               "\x16\x04"
                               "AKIA";
  EXPECT_EQ(Encoded(claims), expected);
  EXPECT_EQ(*DecodeClaims(expected), claims);
}

TEST(ValidateClaims, HoldsForEverySession) {
  for (const ClaimsCase& c : kClaimsCases) {
    SessionClaims claims = MinimalClaims();
    c.change(&claims);
    EXPECT_EQ(ValidateClaims(claims).ok(), c.valid) << c.name;
    EXPECT_EQ(EncodeClaims(claims).ok(), c.valid) << c.name;
  }
}

TEST(EncodeClaims, RefusesBodiesBeyondTheLimit) {
  SessionClaims claims = MinimalClaims();
  const size_t overhead = Encoded(claims).size() - 2;
  // The field adds its tag, three bytes of length, and the value.
  claims.session_name.assign(kClaimsBytesMax - overhead - 4, 'x');
  EXPECT_EQ(*DecodeClaims(Encoded(claims)), claims);
  claims.session_name.push_back('x');
  EXPECT_FALSE(EncodeClaims(claims).ok());
}

TEST(DecodeClaims, RefusesWhatNobodyEncoded) {
  const std::string body = MinimalBody();
  const std::string chain_of_nine = [] {
    std::string field("\x14\x12", 2);
    for (int i = 0; i < 9; ++i)
      field +=
          "\x01"
          "a";
    return field;
  }();
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"nothing", ""},
      {"version only", "\x01"},
      {"version 0", std::string("\x00\x00", 2) + body},
      {"version 2", std::string("\x02\x00", 2) + body},
      {"unknown compression", std::string("\x01\x02", 2) + body},
      {"empty body", Plain("")},
      {"tag 0", Plain(std::string("\x00\x01"
                                  "a",
                                  3) +
                      body)},
      {"repeated field", Plain(body + "\x09\x05\x90\x93\xC5\xD5\x06")},
      {"field out of order", Plain(body + "\x07\x01"
                                          "n")},
      {"empty value spelled out", Plain(body + std::string("\x0E\x00", 2))},
      {"false spelled out", Plain(body + std::string("\x0A\x01\x00", 3))},
      {"true spelled 2", Plain(body + "\x0A\x01\x02")},
      {"limited with a byte left over", Plain(body + "\x0A\x02\x01\x01")},
      {"chain depth 0 spelled out", Plain(body + std::string("\x13\x01\x00", 3))},
      {"chain depth of 2^32", Plain(body + "\x13\x05\x80\x80\x80\x80\x10")},
      {"length beyond the end", Plain(body + "\x0E\x02"
                                             "a")},
      {"length of 2^64 - 1", Plain(body + "\x0E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
                                          "a")},
      {"length beyond 64 bits", Plain(body + "\x0E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"
                                             "a")},
      {"length in long form", Plain(body + std::string("\x0E\x81\x00"
                                                       "a",
                                                       4))},
      {"tag without length", Plain(body + "\x0E")},
      {"tag pair cut", Plain(body + "\x0D\x03\x01"
                                    "k\x00")},
      {"transitive mark 2", Plain(body + "\x0D\x05\x01"
                                         "k\x01"
                                         "v\x02")},
      {"chain of nine", Plain(body + chain_of_nine)},
      {"bytes after the stream", Compressed(body) + "x"},
      {"compressed garbage", "\x01\x01\xff\xff\xff"},
      {"session id of 9 bytes", Plain("\x01\x01\x01\x02\x09"
                                      "123456789" +
                                      body.substr(15))},
      {"no kind", Plain(body.substr(3))},
      {"kind 6", Plain("\x01\x01\x06" + body.substr(3))},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DecodeClaims(c.bytes).status().code(), absl::StatusCode::kInvalidArgument) << c.name;
  }
  // The frame of the cases itself is sound.
  EXPECT_TRUE(DecodeClaims(Plain(body)).ok());
  EXPECT_TRUE(DecodeClaims(Compressed(body)).ok());
  EXPECT_TRUE(DecodeClaims(Plain(body + "\x0E\x01"
                                        "a"))
                  .ok());
}

TEST(DecodeClaims, RefusesFederatedKeysThatNobodyEncoded) {
  const std::string body = MinimalBody();
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"federated key without values", Plain(body + std::string("\x15\x05\x02pa\x00\x00", 7))},
      {"federated key cut", Plain(body + std::string("\x15\x04\x02pa\x00", 6))},
      {"multivalued mark 2", Plain(body + std::string("\x15\x07\x02pa\x02\x02\x01v", 9))},
      {"federated value beyond its list",
       Plain(body + std::string("\x15\x07\x02pa\x00\x02\x02v", 9))},
      {"issuer's key before the federated keys",
       Plain(body + std::string("\x16\x01k\x15\x07\x02pa\x00\x02\x01v", 12))},
      {"an unknown field after the last", Plain(body + std::string("\x17\x01k", 3))},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DecodeClaims(c.bytes).status().code(), absl::StatusCode::kInvalidArgument) << c.name;
  }
}

TEST(DecodeClaims, RefusesEveryTruncation) {
  for (const SessionClaims& claims : {MinimalClaims(), FullClaims()}) {
    const std::string bytes = Encoded(claims);
    for (size_t size = 0; size < bytes.size(); ++size) {
      const absl::StatusOr<SessionClaims> decoded =
          DecodeClaims(std::string_view(bytes).substr(0, size));
      // A cut between two fields leaves other well-formed claims; a token's tag tells them apart.
      if (decoded.ok()) {
        EXPECT_EQ(Encoded(*decoded).substr(2), bytes.substr(2, size - 2));
      }
    }
  }
}

TEST(DecodeClaims, DoesNotExpandABomb) {
  const std::string bomb = "\x01\x01" + *Deflate(std::string(kClaimsBytesMax + 1, '\0'));
  EXPECT_FALSE(DecodeClaims(bomb).ok());
}

}  // namespace
}  // namespace portcullis::session
