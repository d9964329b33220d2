#include "server/session/token_codec.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/session/encoding_internal.h"
#include "server/session/session_internal.h"
#include "tests/unit/session/session_fixtures.h"

namespace portcullis::session {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(seconds);
}

std::string Sealed(const SessionClaims& claims, const KeyRing& ring) {
  absl::StatusOr<std::string> token = SealToken(claims, ring);
  EXPECT_TRUE(token.ok()) << token.status();
  return token.value_or("");
}

// "" if the token opens; the reason otherwise.
std::string Refusal(std::string_view token, const KeyRing& ring, absl::Time now) {
  const absl::StatusOr<SessionClaims> claims = OpenToken(token, ring, now);
  if (claims.ok()) return "";
  EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated);
  return base::ReasonOf(claims.status());
}

TEST(Token, RoundTrips) {
  const auto ring = Ring({Key("k1", 1)});
  for (const SessionClaims& claims : {MinimalClaims(), FullClaims()}) {
    const absl::StatusOr<SessionClaims> opened =
        OpenToken(Sealed(claims, *ring), *ring, At(kIssued));
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, claims);
  }
}

TEST(Token, IsUnpaddedBase64UrlAndNeverTheSameTwice) {
  const auto ring = Ring({Key("k1", 1)});
  std::set<std::string> tokens;
  for (int i = 0; i < 20; ++i) tokens.insert(Sealed(MinimalClaims(), *ring));
  EXPECT_EQ(tokens.size(), 20u);
  for (const std::string& token : tokens) {
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
              std::string::npos);
  }
}

TEST(Token, HidesWhatItSays) {
  const auto ring = Ring({Key("k1", 1)});
  const std::string bytes = DecodeBase64Url(Sealed(MinimalClaims(), *ring)).value();
  EXPECT_THAT(bytes, Not(HasSubstr("111122223333")));
  EXPECT_THAT(bytes, Not(HasSubstr("AROA")));
}

TEST(Token, EverySingleBitFlipIsRefused) {
  const auto ring = Ring({Key("k1", 1), Key("k2", 2), Key("k3", 3)});
  for (const SessionClaims& claims : {MinimalClaims(), FullClaims()}) {
    const std::string token = Sealed(claims, *ring);
    for (size_t i = 0; i < token.size() * 8; ++i) {
      std::string flipped = token;
      flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
      EXPECT_NE(Refusal(flipped, *ring, At(kIssued)), "") << "bit " << i;
    }
    const std::string bytes = DecodeBase64Url(token).value();
    for (size_t i = 0; i < bytes.size() * 8; ++i) {
      std::string flipped = bytes;
      flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
      EXPECT_NE(Refusal(EncodeBase64Url(flipped), *ring, At(kIssued)), "") << "bit " << i;
    }
  }
}

TEST(Token, EveryTruncationAndExtensionIsRefused) {
  const auto ring = Ring({Key("k1", 1)});
  const std::string token = Sealed(FullClaims(), *ring);
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(Refusal(token.substr(0, size), *ring, At(kIssued)), "") << size;
    EXPECT_NE(Refusal(token.substr(token.size() - size), *ring, At(kIssued)), "") << size;
  }
  for (const char* more : {"A", "AA", "=", "==", " ", "\n"}) {
    EXPECT_NE(Refusal(token + more, *ring, At(kIssued)), "") << more;
    EXPECT_NE(Refusal(more + token, *ring, At(kIssued)), "") << more;
  }
}

TEST(Token, ReasonsOfRefusal) {
  const auto ring = Ring({Key("k1", 1)});
  const std::string token = Sealed(MinimalClaims(), *ring);
  std::string bytes = DecodeBase64Url(token).value();
  std::string version = bytes;
  version[0] = 2;
  std::string no_id = bytes;
  no_id[1] = 0;
  std::string long_id = bytes;
  long_id[1] = 33;
  std::string other_id = bytes;
  other_id[3] = '9';
  std::string tag = bytes;
  tag.back() = static_cast<char>(tag.back() ^ 1);
  const struct {
    const char* name;
    std::string token;
    std::string_view reason;
  } cases[] = {
      {"empty", "", kReasonTokenMalformed},
      {"not base64url", "***", kReasonTokenMalformed},
      {"standard base64 characters", "+" + token.substr(1), kReasonTokenMalformed},
      {"too long", std::string(kTokenBytesMax + 1, 'A'), kReasonTokenMalformed},
      {"longest, of zeros", std::string(kTokenBytesMax, 'A'), kReasonTokenMalformed},
      {"other version", EncodeBase64Url(version), kReasonTokenMalformed},
      {"no key id", EncodeBase64Url(no_id), kReasonTokenMalformed},
      {"key id too long", EncodeBase64Url(long_id), kReasonTokenMalformed},
      {"header only", EncodeBase64Url(bytes.substr(0, 32)), kReasonTokenMalformed},
      {"unknown key id", EncodeBase64Url(other_id), kReasonTokenUnknownKey},
      {"changed tag", EncodeBase64Url(tag), kReasonTokenForged},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Refusal(c.token, *ring, At(kIssued)), c.reason) << c.name;
  }
}

TEST(Token, ExpiresExactlyAtTheSecond) {
  const auto ring = Ring({Key("k1", 1)});
  const std::string token = Sealed(MinimalClaims(), *ring);
  const absl::Time expiry = At(kIssued + 3600);
  EXPECT_EQ(Refusal(token, *ring, expiry - absl::Seconds(1)), "");
  EXPECT_EQ(Refusal(token, *ring, expiry - absl::Nanoseconds(1)), "");
  EXPECT_EQ(Refusal(token, *ring, expiry), kReasonTokenExpired);
  // A week later nobody remembers that it was good.
  const absl::Time forgotten = expiry + absl::Hours(7 * 24);
  EXPECT_EQ(Refusal(token, *ring, forgotten - absl::Nanoseconds(1)), kReasonTokenExpired);
  EXPECT_EQ(Refusal(token, *ring, forgotten), "InvalidClientTokenId");
  EXPECT_EQ(Refusal(token, *ring, absl::InfiniteFuture()), "InvalidClientTokenId");
}

TEST(Token, ToleratesFiveMinutesOfClockSkewBeforeIssue) {
  const auto ring = Ring({Key("k1", 1)});
  const std::string token = Sealed(MinimalClaims(), *ring);
  EXPECT_EQ(Refusal(token, *ring, At(kIssued - 300)), "");
  EXPECT_EQ(Refusal(token, *ring, At(kIssued - 300) - absl::Nanoseconds(1)),
            kReasonTokenNotYetValid);
}

TEST(Token, ForgeryIsReportedBeforeExpiry) {
  const auto ring = Ring({Key("k1", 1)});
  std::string bytes = DecodeBase64Url(Sealed(MinimalClaims(), *ring)).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(Refusal(EncodeBase64Url(bytes), *ring, At(kIssued + 100000)), kReasonTokenForged);
}

TEST(Token, RotationKeepsOldTokensReadable) {
  const auto before = Ring({Key("k1", 1)});
  const auto during = Ring({Key("k2", 2), Key("k1", 1)});
  const auto after = Ring({Key("k2", 2)});
  const std::string old_token = Sealed(MinimalClaims(), *before);
  const std::string new_token = Sealed(MinimalClaims(), *during);
  EXPECT_EQ(Refusal(old_token, *during, At(kIssued)), "");
  EXPECT_EQ(Refusal(new_token, *during, At(kIssued)), "");
  EXPECT_EQ(Refusal(new_token, *after, At(kIssued)), "");
  EXPECT_EQ(Refusal(old_token, *after, At(kIssued)), kReasonTokenUnknownKey);
  EXPECT_EQ(Refusal(new_token, *before, At(kIssued)), kReasonTokenUnknownKey);
}

TEST(Token, ForeignRingsDoNotOpenIt) {
  const std::string token = Sealed(MinimalClaims(), *Ring({Key("k1", 1)}));
  EXPECT_EQ(Refusal(token, *Ring({Key("k1", 2)}), At(kIssued)), kReasonTokenForged);
  EXPECT_EQ(Refusal(token, *Ring({Key("other", 1)}), At(kIssued)), kReasonTokenUnknownKey);
  // The id is part of what is sealed: the same material under another id does not fit either.
  std::string bytes = DecodeBase64Url(token).value();
  bytes[3] = '2';
  EXPECT_EQ(Refusal(EncodeBase64Url(bytes), *Ring({Key("k2", 1)}), At(kIssued)),
            kReasonTokenForged);
}

TEST(Token, AuthenticButUnreadableClaimsAreMalformed) {
  const auto ring = Ring({Key("k1", 1)});
  std::string bytes = std::string("\x01\x02k1", 4) + std::string(kGcmNonceBytes, 'n');
  const std::string header = bytes;
  ASSERT_TRUE(SealGcm(*ring->sealing_key().sealing, std::string(kGcmNonceBytes, 'n'), header,
                      "\x63\x01 of a later version", &bytes));
  EXPECT_EQ(Refusal(EncodeBase64Url(bytes), *ring, At(kIssued)), kReasonTokenMalformed);
}

TEST(SealToken, RefusesWhatWouldNotFit) {
  const auto ring = Ring({Key("k1", 1)});
  std::string noise;  // Five bits a character, which is all that deflate can make of it.
  while (noise.size() < 2 * kTokenBytesMax) {
    const auto id = NewSessionId("111122223333");
    noise += EncodeBase32(std::string(id.begin() + 5, id.end()));
  }
  SessionClaims claims = MinimalClaims();
  claims.session_name = noise;
  EXPECT_EQ(SealToken(claims, *ring).status().code(), absl::StatusCode::kInvalidArgument);
  claims.session_name = noise.substr(0, kTokenBytesMax);
  EXPECT_LE(Sealed(claims, *ring).size(), kTokenBytesMax);
  EXPECT_FALSE(SealToken(SessionClaims(), *ring).ok());
}

TEST(Credentials, HaveTheFormThatClientsExpect) {
  const auto ring = Ring({Key("k1", 1)});
  const absl::StatusOr<Credentials> credentials = IssueCredentials(MinimalClaims(), *ring);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->access_key_id, "ASIAAAAQEAYEAUDAOCH7");
  EXPECT_EQ(credentials->secret_access_key.size(), 40u);
  EXPECT_EQ(credentials->expiration, At(kIssued + 3600));
  EXPECT_EQ(Refusal(credentials->session_token, *ring, At(kIssued)), "");
}

TEST(Credentials, SecretIsTheSameOnEveryReplica) {
  const auto ring = Ring({Key("k1", 1)});
  const absl::StatusOr<Credentials> issued = IssueCredentials(FullClaims(), *ring);
  ASSERT_TRUE(issued.ok());
  const auto replica = Ring({Key("k2", 2), Key("k1", 1)});
  const auto claims = OpenToken(issued->session_token, *replica, At(kIssued));
  ASSERT_TRUE(claims.ok());
  const auto secret = SecretAccessKeyOf(*claims, issued->session_token, *replica);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(*secret, issued->secret_access_key);
}

TEST(Credentials, SecretDependsOnSessionAndKey) {
  const auto ring = Ring({Key("k1", 1)});
  std::set<std::string> secrets;
  SessionClaims claims = MinimalClaims();
  secrets.insert(IssueCredentials(claims, *ring)->secret_access_key);
  secrets.insert(IssueCredentials(claims, *Ring({Key("k1", 2)}))->secret_access_key);
  claims.session_id[0] = 1;
  secrets.insert(IssueCredentials(claims, *ring)->secret_access_key);
  claims.expires_at_seconds += 1;
  secrets.insert(IssueCredentials(claims, *ring)->secret_access_key);
  claims.principal_id += "X";
  secrets.insert(IssueCredentials(claims, *ring)->secret_access_key);
  claims.account = "999999999999";
  secrets.insert(IssueCredentials(claims, *ring)->secret_access_key);
  EXPECT_EQ(secrets.size(), 6u);
}

TEST(SecretAccessKeyOf, RefusesTokensItCannotAssign) {
  const auto ring = Ring({Key("k1", 1)});
  EXPECT_EQ(base::ReasonOf(SecretAccessKeyOf(MinimalClaims(), "!", *ring).status()),
            kReasonTokenMalformed);
  const std::string foreign = Sealed(MinimalClaims(), *Ring({Key("k9", 1)}));
  EXPECT_EQ(base::ReasonOf(SecretAccessKeyOf(MinimalClaims(), foreign, *ring).status()),
            kReasonTokenUnknownKey);
}

TEST(AccountOfSessionKey, IsTheAccountThatTheIdWasMadeFor) {
  for (const std::string account :
       {"111122223333", "000000000000", "000000000007", "999999999999"}) {
    SessionClaims claims = MinimalClaims();
    claims.session_id = NewSessionId(account);
    EXPECT_EQ(AccountOfSessionKey(AccessKeyIdOf(claims)), account);
  }
  EXPECT_EQ(AccountOfSessionKey("AKIAIOSFODNN7EXAMPLE"), std::nullopt);
  EXPECT_EQ(AccountOfSessionKey("ASIA"), std::nullopt);
  EXPECT_EQ(AccountOfSessionKey("ASIA7777777777777777"), std::nullopt);  // Beyond 12 digits.
}

TEST(NewSessionId, DiffersEveryTime) {
  std::set<std::array<uint8_t, 10>> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewSessionId("111122223333"));
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(SessionIdOf, InvertsAccessKeyIdOf) {
  SessionClaims claims = MinimalClaims();
  for (int i = 0; i < 50; ++i) {
    claims.session_id = NewSessionId("111122223333");
    const std::string id = AccessKeyIdOf(claims);
    EXPECT_EQ(id.size(), 20u);
    EXPECT_EQ(SessionIdOf(id), claims.session_id);
  }
  for (const char* bad :
       {"", "ASIA", "AKIAAAAQEAYEAUDAOCH7", "ASIAAAAQEAYEAUDAOCH", "ASIAAAAQEAYEAUDAOCH77",
        "ASIAAAAQEAYEAUDAOCH1", "asiaAAAQEAYEAUDAOCH7", "ASIAaaaqeayeaudaoch7"}) {
    EXPECT_EQ(SessionIdOf(bad), std::nullopt) << bad;
  }
}

TEST(EqualSecrets, ComparesAll) {
  EXPECT_TRUE(EqualSecrets("", ""));
  EXPECT_TRUE(EqualSecrets("abc", "abc"));
  EXPECT_FALSE(EqualSecrets("abc", "abd"));
  EXPECT_FALSE(EqualSecrets("abc", "ab"));
  EXPECT_FALSE(EqualSecrets("abc", "ABC"));
}

}  // namespace
}  // namespace portcullis::session
