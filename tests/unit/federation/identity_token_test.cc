#include "server/federation/identity_token.h"

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

using base::Concat;
using base::StrCat;

constexpr int64_t kNowSeconds = 1790000000;
constexpr char kIssuer[] = "https://oidc.example.com/id/1";
constexpr char kNotAJwt[] =
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access "
    "Token)";
constexpr char kNoKey[] =
    "Couldn't retrieve verification key from your identity provider, please reference "
    "AssumeRoleWithWebIdentity documentation for requirements";
constexpr char kBadSignature[] = "The token's signature is not valid";

absl::Time Now() {
  return absl::FromUnixSeconds(kNowSeconds);
}

std::shared_ptr<const KeySet> Keys(std::initializer_list<std::string_view> keys) {
  std::vector<base::TextError> errors;
  auto set = KeySet::Parse(KeySetText(keys), {}, &errors);
  EXPECT_NE(set, nullptr);
  return set;
}

ProviderFacts Provider(std::shared_ptr<const KeySet> keys) {
  return {.issuer = kIssuer,
          .client_ids = {"client", "other-client"},
          .keys = std::move(keys),
          .extra_claims = {}};
}

// The provider whose only key is that of `algorithm`, named "1".
ProviderFacts ProviderOf(std::string_view algorithm) {
  return Provider(Keys({SigningKey::For(algorithm).Jwk(R"("kid":"1")")}));
}

std::string Header(std::string_view algorithm) {
  return Concat({R"({"alg":")", algorithm, R"(","kid":"1"})"});
}

// Good claims in which `changes` replace or, if the value is empty, remove members.
std::string Claims(const std::map<std::string, std::string>& changes = {}) {
  std::map<std::string, std::string> members = {
      {"iss", StrCat("\"", kIssuer, "\"")},
      {"sub", "\"somebody\""},
      {"aud", "\"client\""},
      {"iat", StrCat(kNowSeconds - 10)},
      {"exp", StrCat(kNowSeconds + 600)},
  };
  for (const auto& [name, value] : changes) members[name] = value;
  std::string text = "{";
  for (const auto& [name, value] : members) {
    if (!value.empty()) text += StrCat(text.size() > 1 ? "," : "", "\"", name, "\":", value);
  }
  return text + "}";
}

// ES256, because it is quick to make.
absl::StatusOr<IdentityToken> VerifyClaims(const std::string& claims,
                                           const ProviderFacts& provider = ProviderOf("ES256"),
                                           absl::Time now = Now()) {
  return VerifyIdentityToken(MakeToken(SigningKey::For("ES256"), "ES256", Header("ES256"), claims),
                             provider, now);
}

absl::StatusOr<IdentityToken> VerifyHeader(const std::string& header) {
  return VerifyIdentityToken(MakeToken(SigningKey::For("ES256"), "ES256", header, Claims()),
                             ProviderOf("ES256"), Now());
}

void ExpectRefused(const absl::Status& status, std::string_view message, std::string_view what) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken") << what;
  EXPECT_EQ(std::string(status.message()), message) << what;
}

TEST(VerifyIdentityToken, AcceptsEveryAlgorithm) {  // R-5.64
  for (const char* name :
       {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"}) {
    const std::string token = MakeToken(SigningKey::For(name), name, Header(name), Claims());
    const auto verified = VerifyIdentityToken(token, ProviderOf(name), Now());
    ASSERT_TRUE(verified.ok()) << name << ": " << verified.status();
    EXPECT_EQ(verified->issuer, kIssuer);
    EXPECT_EQ(verified->subject, "somebody");
    EXPECT_EQ(verified->audience, (ClaimValues{{"client"}, false}));
    EXPECT_EQ(verified->client_id, "client");
    EXPECT_EQ(verified->issued_at_seconds, kNowSeconds - 10);
    EXPECT_EQ(verified->expires_at_seconds, kNowSeconds + 600);
  }
}

TEST(VerifyIdentityToken, RefusesAlgorithmsThatAreNotListed) {  // R-5.64
  for (const char* name :
       {"none", "None", "HS256", "HS384", "HS512", "PS384", "PS512", "ES256K", "es256", ""}) {
    ExpectRefused(VerifyHeader(Header(name)).status(),
                  StrCat("The signing algorithm `", name, "` is not supported"), name);
  }
  for (const char* header : {R"({"kid":"1"})", R"({"alg":null})", R"({"alg":["ES256"]})",
                             R"({"alg":256})", R"({"ALG":"ES256"})"}) {
    ExpectRefused(VerifyHeader(header).status(), kNotAJwt, header);
  }
}

TEST(VerifyIdentityToken, RefusesUnsignedTokens) {
  for (const char* algorithm : {"none", "ES256"}) {
    const std::string input = SigningInput(Header(algorithm), Claims());
    for (const std::string& token : {input, input + ".", input + ".."}) {
      ExpectRefused(VerifyIdentityToken(token, ProviderOf("ES256"), Now()).status(), kNotAJwt,
                    token);
    }
  }
}

// The public key used as the secret of an HMAC, in every form in which it is published.
TEST(VerifyIdentityToken, RefusesAlgorithmConfusion) {
  const SigningKey& key = SigningKey::For("RS256");
  const std::string jwk = key.Jwk(R"("kid":"1")");
  const std::string modulus = key.Number(OSSL_PKEY_PARAM_RSA_N, 0);
  for (const std::string& secret : {jwk, KeySetText({jwk}), modulus, Base64Url(modulus)}) {
    for (const char* algorithm : {"HS256", "RS256"}) {
      const std::string input = SigningInput(Header(algorithm), Claims());
      const std::string token = Concat({input, ".", Base64Url(Hmac("SHA256", secret, input))});
      EXPECT_FALSE(VerifyIdentityToken(token, ProviderOf("RS256"), Now()).ok()) << algorithm;
    }
  }
  // Every algorithm with the key of every other one: the `kid` is known, the type is not.
  for (const char* signer : {"RS256", "ES256", "ES384", "EdDSA"}) {
    for (const char* holder : {"RS256", "ES256", "ES384", "EdDSA"}) {
      if (std::string_view(signer) == holder) continue;
      const auto refused =
          VerifyIdentityToken(MakeToken(SigningKey::For(signer), signer, Header(signer), Claims()),
                              ProviderOf(holder), Now());
      ExpectRefused(refused.status(), kNoKey, signer);
      EXPECT_FALSE(IsUnknownKey(refused.status())) << "a newer set would not help";
    }
  }
  // The header names another digest, or another padding, than was used.
  for (const char* named : {"RS384", "RS512", "PS256"}) {
    ExpectRefused(VerifyIdentityToken(MakeToken(key, "RS256", Header(named), Claims()),
                                      ProviderOf("RS256"), Now())
                      .status(),
                  kBadSignature, named);
  }
}

TEST(VerifyIdentityToken, UsesAKeyOnlyForItsOwnAlgorithm) {  // RFC 7517 section 4.4
  const auto provider =
      Provider(Keys({SigningKey::For("RS256").Jwk(R"("kid":"1","alg":"RS512")")}));
  const SigningKey& key = SigningKey::For("RS256");
  EXPECT_TRUE(
      VerifyIdentityToken(MakeToken(key, "RS512", Header("RS512"), Claims()), provider, Now())
          .ok());
  ExpectRefused(
      VerifyIdentityToken(MakeToken(key, "RS256", Header("RS256"), Claims()), provider, Now())
          .status(),
      kNoKey, "RS256");
}

TEST(VerifyIdentityToken, TellsAnUnknownKey) {  // R-5.68
  const auto unknown = VerifyHeader(R"({"alg":"ES256","kid":"2"})");
  ExpectRefused(unknown.status(), kNoKey, "unknown kid");
  EXPECT_TRUE(IsUnknownKey(unknown.status()));
  const auto empty = VerifyHeader(R"({"alg":"ES256","kid":""})");
  ExpectRefused(empty.status(), kNoKey, "empty kid");
  ExpectRefused(VerifyHeader(R"({"alg":"ES256","kid":1})").status(), kNotAJwt, "kid is a number");
  // Without `kid` there must be no choice.
  EXPECT_TRUE(VerifyHeader(R"({"alg":"ES256"})").ok());
  const auto two =
      Provider(Keys({SigningKey::For("ES256").Jwk(""), SigningKey::Ec("P-256").Jwk("")}));
  const auto ambiguous = VerifyIdentityToken(
      MakeToken(SigningKey::For("ES256"), "ES256", R"({"alg":"ES256"})", Claims()), two, Now());
  ExpectRefused(ambiguous.status(), kNoKey, "two keys without kid");
  EXPECT_FALSE(IsUnknownKey(ambiguous.status()));
}

TEST(VerifyIdentityToken, RefusesTheKeyOfSomebodyElse) {
  const SigningKey attacker = SigningKey::Ec("P-256");
  const std::string jwk = attacker.Jwk(R"("kid":"1")");
  for (const std::string& more :
       {std::string(), StrCat(R"(,"jwk":)", jwk), std::string(R"(,"x5c":["MIIB"])"),
        std::string(R"(,"jku":"https://127.0.0.1:1/keys")"),
        std::string(R"(,"x5u":"https://127.0.0.1:1/cert")")}) {
    const std::string header = Concat({R"({"alg":"ES256","kid":"1")", more, "}"});
    ExpectRefused(VerifyIdentityToken(MakeToken(attacker, "ES256", header, Claims()),
                                      ProviderOf("ES256"), Now())
                      .status(),
                  kBadSignature, header);
    // They are no mistake either; they just mean nothing.
    EXPECT_TRUE(VerifyHeader(header).ok()) << header;
  }
}

TEST(VerifyIdentityToken, RefusesHeadersThatChangeTheMeaning) {
  for (const char* member : {R"("crit":["exp"],"exp":1)", R"("crit":[])", R"("b64":false)",
                             R"("b64":true)", R"("zip":"DEF")", R"("enc":"A128GCM")"}) {
    const auto refused = VerifyHeader(Concat({R"({"alg":"ES256","kid":"1",)", member, "}"}));
    EXPECT_EQ(base::ReasonOf(refused.status()), "InvalidIdentityToken") << member;
    EXPECT_NE(refused.status().message().find("is not supported"), absl::string_view::npos)
        << member;
  }
  for (const char* type :
       {"\"at+jwt\"", "\"logout+jwt\"", "\"application/at+jwt\"", "1", "null", "\"\""}) {
    const std::string header = Concat({R"({"alg":"ES256","kid":"1","typ":)", type, "}"});
    ExpectRefused(VerifyHeader(header).status(), kNotAJwt, type);
  }
  for (const char* type : {"JWT", "jwt", "JOSE"}) {
    EXPECT_TRUE(VerifyHeader(Concat({R"({"alg":"ES256","kid":"1","typ":")", type, "\"}"})).ok());
  }
}

TEST(VerifyIdentityToken, RefusesWhatIsNoCompactToken) {
  const std::string good = MakeToken(SigningKey::For("ES256"), "ES256", Header("ES256"), Claims());
  const std::string json = Concat({R"({"payload":"e30","protected":"e30","signature":"AA"})"});
  std::vector<std::string> tokens = {"",
                                     ".",
                                     "..",
                                     "...",
                                     "a.b.c",
                                     "e30.e30.",
                                     ".e30.AA",
                                     "e30..AA",
                                     "e30.e30",
                                     json,
                                     "e30.e30.AA.AA",
                                     good + ".",
                                     "." + good,
                                     good + ".AA.AA",
                                     good + "=",
                                     good + "\n",
                                     " " + good,
                                     good + " ",
                                     good.substr(0, good.rfind('.')),
                                     std::string(kIdentityTokenLengthMax + 1, 'a'),
                                     Concat({good.substr(0, good.find('.')), ".", good})};
  std::string padded = good;
  padded.insert(padded.find('.'), "==");
  tokens.push_back(padded);
  std::string with_nul = good;
  with_nul[5] = '\0';
  tokens.push_back(with_nul);
  for (const std::string& token : tokens) {
    ExpectRefused(VerifyIdentityToken(token, ProviderOf("ES256"), Now()).status(), kNotAJwt, token);
  }
}

TEST(VerifyIdentityToken, RefusesJsonThatIsNotStrict) {
  const std::string deep = std::string(17, '[') + std::string(17, ']');
  for (const std::string& header :
       {std::string(R"({"alg":"none","alg":"ES256","kid":"1"})"), std::string(R"(["alg"])"),
        std::string(R"({"alg":"ES256"} )") + "x", std::string(R"({"alg":"ES256",})"),
        std::string(R"({'alg':'ES256'})"), std::string("\xef\xbb\xbf") + Header("ES256"),
        Concat({R"({"alg":"ES256","kid":"1","x":)", deep, "}"}), std::string("{\"alg\":\"\xff\"}"),
        std::string("null")}) {
    ExpectRefused(VerifyHeader(header).status(), kNotAJwt, header);
  }
  const std::string members = Claims().substr(1);
  for (const std::string& claims :
       {Concat({R"({"sub":"root",)", members}), Concat({R"({"x":{"a":1,"a":2},)", members}),
        Concat({R"({"x":)", deep, ",", members}), Claims() + Claims(), std::string("[]"),
        std::string("\"text\""), std::string("{\"iss\":")}) {
    ExpectRefused(VerifyClaims(claims).status(), kNotAJwt, claims);
  }
}

TEST(VerifyIdentityToken, AcceptsTheLongestTokenAndNoLonger) {  // R-5.63
  const auto of_padding = [](size_t padding) {
    return MakeToken(SigningKey::For("ES256"), "ES256", Header("ES256"),
                     Claims({{"x", StrCat("\"", std::string(padding, 'a'), "\"")}}));
  };
  size_t padding = 14000;
  while (of_padding(padding + 1).size() <= kIdentityTokenLengthMax) ++padding;
  EXPECT_TRUE(VerifyIdentityToken(of_padding(padding), ProviderOf("ES256"), Now()).ok());
  ExpectRefused(VerifyIdentityToken(of_padding(padding + 1), ProviderOf("ES256"), Now()).status(),
                kNotAJwt, "too long");
}

// Every single character of a good token, changed.
TEST(VerifyIdentityToken, RefusesEveryTamperedToken) {
  const std::string good = MakeToken(SigningKey::For("ES256"), "ES256", Header("ES256"), Claims());
  const ProviderFacts provider = ProviderOf("ES256");
  ASSERT_TRUE(VerifyIdentityToken(good, provider, Now()).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char replacement : {'A', 'Q', '.', '='}) {
      if (good[i] == replacement) continue;
      std::string bad = good;
      bad[i] = replacement;
      ASSERT_FALSE(VerifyIdentityToken(bad, provider, Now()).ok()) << i;
    }
  }
  // Parts of two good tokens.
  const std::string other =
      MakeToken(SigningKey::For("ES256"), "ES256", Header("ES256"), Claims({{"sub", "\"admin\""}}));
  const std::string mixed = Concat({std::string_view(other).substr(0, other.rfind('.')),
                                    std::string_view(good).substr(good.rfind('.'))});
  ExpectRefused(VerifyIdentityToken(mixed, provider, Now()).status(), kBadSignature, "mixed");
}

TEST(VerifyIdentityToken, RequiresFiveClaims) {  // R-5.64, R-5.67
  for (const char* name : {"iss", "aud", "sub", "iat", "exp"}) {
    for (const char* value : {"", "null"}) {
      ExpectRefused(VerifyClaims(Claims({{name, value}})).status(),
                    StrCat("Missing a required claim: ", name), name);
    }
    const auto wrong_type = VerifyClaims(Claims({{name, "{}"}}));
    EXPECT_EQ(base::ReasonOf(wrong_type.status()), "InvalidIdentityToken") << name;
    EXPECT_NE(wrong_type.status().message().find(StrCat("Claim ", name, " must be")),
              absl::string_view::npos)
        << wrong_type.status();
  }
  ExpectRefused(VerifyClaims(Claims({{"sub", "\"\""}})).status(), "Missing a required claim: sub",
                "empty subject");
  EXPECT_TRUE(VerifyClaims(Claims({{"sub", StrCat("\"", std::string(255, 's'), "\"")}})).ok());
  ExpectRefused(VerifyClaims(Claims({{"sub", StrCat("\"", std::string(256, 's'), "\"")}})).status(),
                "Claim sub has more than 255 characters", "long subject");
}

TEST(VerifyIdentityToken, TakesIntegersForTimes) {  // R-5.64
  for (const char* name : {"exp", "iat", "nbf"}) {
    for (const char* value : {"1790000000.0", "1.79e9", "\"1790000000\"", "-1", "1e30", "true"}) {
      ExpectRefused(VerifyClaims(Claims({{name, value}})).status(),
                    StrCat("Claim ", name, " must be an integer number of seconds since 1970"),
                    value);
    }
  }
}

TEST(VerifyIdentityToken, GrantsFiveMinutesAfterExpiry) {  // R-5.65
  struct Case {
    int64_t expired_seconds_ago;
    bool accepted;
  };
  for (const Case& c : {Case{-1, true}, Case{0, true}, Case{299, true}, Case{300, false},
                        Case{301, false}, Case{1000000, false}}) {
    const int64_t expires = kNowSeconds - c.expired_seconds_ago;
    const auto verified =
        VerifyClaims(Claims({{"exp", StrCat(expires)}, {"iat", StrCat(kNowSeconds - 2000000)}}));
    EXPECT_EQ(verified.ok(), c.accepted) << c.expired_seconds_ago;
    if (c.accepted) continue;
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(base::ReasonOf(verified.status()), "ExpiredTokenException");
    EXPECT_EQ(std::string(verified.status().message()),
              StrCat("Token expired: current date/time ", kNowSeconds,
                     " must be before the expiration date/time ", expires));
  }
}

TEST(VerifyIdentityToken, RefusesTokensFromTheFuture) {  // R-5.65
  for (const char* name : {"nbf", "iat"}) {
    EXPECT_TRUE(VerifyClaims(Claims({{name, StrCat(kNowSeconds + 300)}})).ok()) << name;
    ExpectRefused(VerifyClaims(Claims({{name, StrCat(kNowSeconds + 301)}})).status(),
                  StrCat("Token is not yet valid: current date/time ", kNowSeconds,
                         " must not be before ", kNowSeconds + 301),
                  name);
  }
}

TEST(VerifyIdentityToken, SaysThatATokenExpiredOnlyIfItIsAuthentic) {
  const SigningKey attacker = SigningKey::Ec("P-256");
  ExpectRefused(
      VerifyIdentityToken(MakeToken(attacker, "ES256", Header("ES256"), Claims({{"exp", "1"}})),
                          ProviderOf("ES256"), Now())
          .status(),
      kBadSignature, "forged");
}

TEST(VerifyIdentityToken, ComparesTheIssuerExactly) {  // R-5.66, A-99
  for (const char* issuer : {"https://oidc.example.com/id/2", "https://oidc.example.com/id/1/",
                             "https://OIDC.example.com/id/1", "http://oidc.example.com/id/1",
                             "oidc.example.com/id/1", "https://oidc.example.com/id"}) {
    ExpectRefused(VerifyClaims(Claims({{"iss", StrCat("\"", issuer, "\"")}})).status(),
                  StrCat("No OpenIDConnect provider found in your account for ", issuer), issuer);
  }
  ProviderFacts without_tls = ProviderOf("ES256");
  without_tls.issuer = "http://oidc.example.com/id/1";
  EXPECT_FALSE(
      VerifyClaims(Claims({{"iss", "\"http://oidc.example.com/id/1\""}}), without_tls).ok());
  ProviderFacts without_keys = ProviderOf("ES256");
  without_keys.keys = nullptr;
  ExpectRefused(VerifyClaims(Claims(), without_keys).status(), kNoKey, "no keys");
}

TEST(NoProviderError, ShowsHostileIssuersEscaped) {
  EXPECT_EQ(NoProviderError("a\nb").message(),
            "No OpenIDConnect provider found in your account for `a\\nb`");
  EXPECT_LT(NoProviderError(std::string(10000, 'a')).message().size(), 300u);
}

struct AudienceCase {
  const char* aud;
  const char* azp;       // "" for none.
  ClaimValues audience;  // What `:aud` holds; no values: the token is refused.
  const char* client_id;
};

TEST(VerifyIdentityToken, DecidesTheAudience) {  // R-3.48, R-5.67, A-97, A-98
  const AudienceCase cases[] = {
      {R"("client")", "", {{"client"}, false}, "client"},
      {R"(["client"])", "", {{"client"}, false}, "client"},          // A-97
      {R"(["client","y"])", "", {{"client", "y"}, true}, "client"},  // A-98
      {R"(["y","other-client"])", "", {{"y", "other-client"}, true}, "other-client"},
      {R"("client")", R"("client")", {{"client"}, false}, "client"},
      {R"("client")", R"("other-client")", {{"client"}, false}, "client"},
      {R"(["client","y"])", R"("other-client")", {{"other-client"}, false}, "other-client"},
      {R"(["client","y"])", R"("client")", {{"client"}, false}, "client"},
      // Refused: not for us, or not issued to us.
      {R"("somebody")", "", {}, ""},
      {R"("Client")", "", {}, ""},
      {R"("")", "", {}, ""},
      {R"(["x","y"])", "", {}, ""},
      {R"("client")", R"("somebody")", {}, ""},
      {R"(["client","y"])", R"("y")", {}, ""},
      {R"("somebody")", R"("client")", {}, ""},
      {R"(["x","y"])", R"("client")", {}, ""},
      {R"("client")", R"("")", {}, ""},
  };
  for (const AudienceCase& c : cases) {
    const auto verified = VerifyClaims(Claims({{"aud", c.aud}, {"azp", c.azp}}));
    if (c.audience.values.empty()) {
      ExpectRefused(verified.status(), "Incorrect token audience", StrCat(c.aud, c.azp));
      continue;
    }
    ASSERT_TRUE(verified.ok()) << c.aud << c.azp << verified.status();
    EXPECT_EQ(verified->audience, c.audience) << c.aud << c.azp;
    EXPECT_EQ(verified->client_id, c.client_id) << c.aud << c.azp;
  }
  ExpectRefused(VerifyClaims(Claims({{"aud", "[]"}})).status(), "Missing a required claim: aud",
                "no audience");
  EXPECT_FALSE(VerifyClaims(Claims({{"aud", "[1]"}})).ok());
  EXPECT_FALSE(VerifyClaims(Claims({{"azp", "[\"client\"]"}})).ok());
}

TEST(VerifyIdentityToken, PrefersTheAuthorizedPartyOfGoogle) {  // R-3.48, R-3.49
  ProviderFacts google = ProviderOf("ES256");
  google.issuer = "https://accounts.google.com";
  const auto verified = VerifyClaims(
      Claims({{"iss", "\"https://accounts.google.com\""}, {"azp", "\"other-client\""}}), google);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->audience, (ClaimValues{{"other-client"}, false}));
  EXPECT_EQ(verified->original_audience, (ClaimValues{{"client"}, false}));
}

TEST(ConditionKeysOf, NamesTheClaims) {  // R-3.47 to R-3.53
  ProviderFacts provider = ProviderOf("ES256");
  provider.extra_claims = {"repository", "groups", "verified", "absent",
                           "null",       "none",   "sub",      "https://aws.amazon.com/tags"};
  const auto verified = VerifyClaims(Claims({{"aud", R"(["client","y"])"},
                                             {"azp", "\"client\""},
                                             {"amr", R"(["pwd"])"},
                                             {"email", "\"a@example.com\""},
                                             {"repository", "\"org/repo\""},
                                             {"groups", R"(["a","b"])"},
                                             {"verified", "true"},
                                             {"null", "null"},
                                             {"none", "[]"},
                                             {"not_exposed", "\"x\""}}),
                                     provider);
  ASSERT_TRUE(verified.ok()) << verified.status();
  const std::vector<NamedClaim> expected = {
      {"oidc.example.com/id/1:amr", {{"pwd"}, true}},
      {"oidc.example.com/id/1:aud", {{"client"}, false}},
      {"oidc.example.com/id/1:azp", {{"client"}, false}},
      {"oidc.example.com/id/1:email", {{"a@example.com"}, false}},
      {"oidc.example.com/id/1:groups", {{"a", "b"}, true}},
      {"oidc.example.com/id/1:oaud", {{"client", "y"}, true}},
      {"oidc.example.com/id/1:repository", {{"org/repo"}, false}},
      {"oidc.example.com/id/1:sub", {{"somebody"}, false}},
      {"oidc.example.com/id/1:verified", {{"true"}, false}},
  };
  EXPECT_EQ(ConditionKeysOf(*verified), expected);
  const auto plain = VerifyClaims(Claims());
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(ConditionKeysOf(*plain).size(), 3u) << "aud, oaud and sub, and nothing absent";
}

TEST(VerifyIdentityToken, RefusesExposedClaimsOfAnotherForm) {
  ProviderFacts provider = ProviderOf("ES256");
  provider.extra_claims = {"groups"};
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"groups", "{}"},
                                          {"amr", "1"},
                                          {"email", R"(["a"])"},
                                          {"https://aws.amazon.com/source_identity", "7"},
                                          {"https://aws.amazon.com/tags", "[]"}}) {
    EXPECT_EQ(base::ReasonOf(VerifyClaims(Claims({{name, value}}), provider).status()),
              "InvalidIdentityToken")
        << name;
  }
}

TEST(VerifyIdentityToken, HandsOnTagsAndSourceIdentity) {  // R-5.50, R-5.53
  const auto verified = VerifyClaims(
      Claims({{"https://aws.amazon.com/source_identity", "\"alice\""},
              {"https://aws.amazon.com/tags",
               R"({"principal_tags":{"Team":["red"]},"transitive_tag_keys":["Team"]})"}}));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->source_identity, "alice");
  EXPECT_EQ(verified->tags, (std::vector<ClaimedTag>{{"Team", "red"}}));
  EXPECT_EQ(verified->transitive_tag_keys, std::vector<std::string>{"Team"});
}

TEST(VerifyIdentityToken, AcceptsATokenOfKubernetes) {  // R-3.48
  ProviderFacts provider = ProviderOf("RS256");
  provider.client_ids = {"sts.amazonaws.com"};
  const std::string claims =
      Claims({{"aud", R"(["sts.amazonaws.com"])"},
              {"sub", "\"system:serviceaccount:default:web\""},
              {"nbf", StrCat(kNowSeconds)},
              {"jti", "\"2a7f\""},
              {"kubernetes.io",
               R"({"namespace":"default","node":{"name":"n1","uid":"1"},"pod":{"name":"web-0"},
            "serviceaccount":{"name":"web","uid":"2"},"warnafter":1790003607})"}});
  const auto verified = VerifyIdentityToken(
      MakeToken(SigningKey::For("RS256"), "RS256", Header("RS256"), claims), provider, Now());
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->subject, "system:serviceaccount:default:web");
  EXPECT_EQ(verified->audience, (ClaimValues{{"sts.amazonaws.com"}, false}));
}

TEST(UnverifiedIssuerOf, LooksWithoutBelieving) {
  const auto issuer = UnverifiedIssuerOf(SigningInput(R"({"alg":"none"})", Claims()) + ".AA");
  ASSERT_TRUE(issuer.ok());
  EXPECT_EQ(*issuer, kIssuer);
  ExpectRefused(UnverifiedIssuerOf("e30.e30.AA").status(), "Missing a required claim: iss", "none");
  ExpectRefused(UnverifiedIssuerOf("e30").status(), kNotAJwt, "no token");
  ExpectRefused(UnverifiedIssuerOf(std::string(20001, 'a')).status(), kNotAJwt, "too long");
}

TEST(UnverifiedSubjectOf, LooksWithoutBelieving) {
  const auto subject = UnverifiedSubjectOf(
      SigningInput(R"({"alg":"none"})", R"({"iss":"https://a.example.com","sub":"ana"})") + ".AA");
  ASSERT_TRUE(subject.ok());
  EXPECT_EQ(*subject, "ana");
  ExpectRefused(UnverifiedSubjectOf("e30.e30.AA").status(), "Missing a required claim: sub",
                "none");
  ExpectRefused(UnverifiedSubjectOf("e30").status(), kNotAJwt, "no token");
}

TEST(ProviderNameOf, DropsTheScheme) {  // R-3.47
  EXPECT_EQ(ProviderNameOf("https://oidc.example.com/id/ABC"), "oidc.example.com/id/ABC");
}

TEST(IsExposableClaim, KeepsToNames) {
  for (const char* name : {"repository", "job_workflow_ref", "kubernetes.io/namespace", "a:b",
                           "https://example.com/groups", "cognito:groups"}) {
    EXPECT_TRUE(IsExposableClaim(name)) << name;
  }
  for (const char* name : {"", "sub", "SUB", "aud", "oaud", "azp", "amr", "email", "a b", "a*",
                           "${x}", "a?", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(IsExposableClaim(name)) << name;
  }
}

}  // namespace
}  // namespace portcullis::federation
