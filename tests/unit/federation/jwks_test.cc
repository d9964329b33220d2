#include "server/federation/jwks.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/str_cat.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

using base::StrCat;

std::shared_ptr<const KeySet> Parse(std::string_view text, std::vector<base::TextError>* errors) {
  return KeySet::Parse(text, {}, errors);
}

std::shared_ptr<const KeySet> ParseGood(std::string_view text) {
  std::vector<base::TextError> errors;
  auto set = Parse(text, &errors);
  for (const base::TextError& error : errors) ADD_FAILURE() << error.message;
  return set;
}

std::string Rsa(std::string_view members = R"("kid":"r")") {
  return SigningKey::For("RS256").Jwk(members);
}
std::string Ec(std::string_view members = R"("kid":"e")") {
  return SigningKey::For("ES256").Jwk(members);
}

// The first EC and RSA key of RFC 7517 appendix A.1, and the Ed25519 key of RFC 8037 appendix A.2.
constexpr char kRfcKeys[] =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"1"},)"
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPF)"
    R"(FxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5)"
    R"(v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt)"
    R"(-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
    R"("e":"AQAB","alg":"RS256","kid":"2011-04-29"},)"
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

TEST(KeySet, ReadsTheKeysOfTheRfcs) {
  const auto set = ParseGood(kRfcKeys);
  ASSERT_NE(set, nullptr);
  ASSERT_EQ(set->keys().size(), 3u);
  EXPECT_EQ(set->keys()[0].type, KeyType::kP256);
  EXPECT_EQ(set->keys()[1].type, KeyType::kRsa);
  EXPECT_EQ(set->keys()[1].algorithm, "RS256");
  EXPECT_EQ(set->keys()[1].key_id, "2011-04-29");
  EXPECT_EQ(set->keys()[2].type, KeyType::kEd25519);
  EXPECT_EQ(set->keys()[2].key_id, "");
  EXPECT_TRUE(set->unused().empty());
}

TEST(KeySet, ReadsKeysOfEveryType) {
  for (const char* algorithm : {"RS256", "ES256", "ES384", "ES512", "EdDSA"}) {
    const auto set = ParseGood(KeySetText({SigningKey::For(algorithm).Jwk(R"("kid":"1")")}));
    ASSERT_NE(set, nullptr) << algorithm;
    EXPECT_NE(set->Select("1", algorithm), nullptr) << algorithm;
  }
}

TEST(KeySet, SelectsByKeyIdAndType) {  // R-5.64
  const auto set =
      ParseGood(KeySetText({Rsa(), Ec(), SigningKey::For("EdDSA").Jwk(R"("kid":"e")"),
                            SigningKey::Rsa(2048).Jwk(R"("kid":"only-rs512","alg":"RS512")")}));
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->Select("r", "RS256"), &set->keys()[0]);
  EXPECT_EQ(set->Select("r", "PS256"), &set->keys()[0]);
  EXPECT_EQ(set->Select("e", "ES256"), &set->keys()[1]);
  EXPECT_EQ(set->Select("e", "EdDSA"), &set->keys()[2]) << "one `kid`, two types: RFC 7517 4.5";
  EXPECT_EQ(set->Select("only-rs512", "RS512"), &set->keys()[3]);
  // The token's `alg` must agree with the key's type and with the key's own `alg`.
  EXPECT_EQ(set->Select("r", "ES256"), nullptr);
  EXPECT_EQ(set->Select("e", "RS256"), nullptr);
  EXPECT_EQ(set->Select("e", "ES384"), nullptr);
  EXPECT_EQ(set->Select("only-rs512", "RS256"), nullptr);
  EXPECT_EQ(set->Select("r", "HS256"), nullptr);
  EXPECT_EQ(set->Select("r", "none"), nullptr);
  // A `kid` is compared exactly.
  EXPECT_EQ(set->Select("R", "RS256"), nullptr);
  EXPECT_EQ(set->Select("", "RS256"), nullptr);
  EXPECT_TRUE(set->HasKeyId("r"));
  EXPECT_FALSE(set->HasKeyId("R"));
}

TEST(KeySet, SelectsWithoutKeyIdOnlyIfThereIsNoChoice) {
  const auto one_of_each = ParseGood(KeySetText({Rsa(""), Ec()}));
  EXPECT_EQ(one_of_each->Select(std::nullopt, "RS256"), &one_of_each->keys()[0]);
  EXPECT_EQ(one_of_each->Select(std::nullopt, "ES256"), &one_of_each->keys()[1]);
  EXPECT_EQ(one_of_each->Select(std::nullopt, "EdDSA"), nullptr);
  EXPECT_EQ(one_of_each->Select("r", "RS256"), nullptr) << "a key without `kid` is not any `kid`";
  const auto two = ParseGood(KeySetText({Rsa(""), SigningKey::Rsa(2048).Jwk("")}));
  EXPECT_EQ(two->Select(std::nullopt, "RS256"), nullptr);
}

TEST(KeySet, PassesOverWhatIsNotForUs) {
  struct Case {
    std::string key;
    const char* reason;
  };
  const Case cases[] = {
      {Rsa(R"("kid":"x","use":"enc")"), "`use` is `enc`"},
      {Rsa(R"("kid":"x","key_ops":["encrypt"])"), "`key_ops` does not hold `verify`"},
      {Rsa(R"("kid":"x","key_ops":[])"), "`key_ops` does not hold `verify`"},
      {Rsa(R"("kid":"x","alg":"RSA-OAEP")"), "`alg` is `RSA-OAEP`"},
      {Rsa(R"("kid":"x","alg":"PS384")"), "`alg` is `PS384`"},
      {R"({"kty":"OKP","crv":"X25519","x":"AAAA","kid":"x"})", "`crv` is `X25519`"},
      {R"({"kty":"OKP","crv":"Ed448","x":"AAAA","kid":"x"})", "`crv` is `Ed448`"},
      {R"({"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"})", "`crv` is `secp256k1`"},
      {R"({"kty":"OKP","crv":"P-256","x":"AAAA","y":"AAAA"})", "`crv` is `P-256`"},
      {R"({"kty":"AKP","pub":"AAAA"})", "`kty` is `AKP`"},
  };
  for (const Case& c : cases) {
    const auto set = ParseGood(KeySetText({Ec(), c.key}));
    ASSERT_NE(set, nullptr) << c.reason;
    EXPECT_EQ(set->keys().size(), 1u) << c.reason;
    ASSERT_EQ(set->unused().size(), 1u) << c.reason;
    EXPECT_EQ(set->unused()[0].message, c.reason);
    EXPECT_FALSE(set->HasKeyId("x")) << c.reason;
    // Alone it makes no set.
    std::vector<base::TextError> errors;
    EXPECT_EQ(Parse(KeySetText({c.key}), &errors), nullptr);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].message, "no key of the set can verify signatures");
  }
}

TEST(KeySet, IgnoresMembersThatItDoesNotKnow) {  // RFC 7517 section 4
  const auto set = ParseGood(KeySetText(
      {Rsa(R"("kid":"r","use":"sig","key_ops":["verify","sign"],"x5c":["!"],"x5t":"!",)"
           R"("x5u":"https://127.0.0.1:1/","issuer":"https://example.org","ext":true)")}));
  ASSERT_NE(set, nullptr);
  EXPECT_NE(set->Select("r", "RS256"), nullptr);
}

struct BadCase {
  const char* name;
  std::string text;
  std::vector<std::string> messages;  // Each a part of the message at its place.
};

std::vector<BadCase> BadSets() {
  const std::string point = R"("x":"AAAA","y":"AAAA")";
  return {
      {"empty", "", {""}},
      {"no JSON", "keys", {""}},
      {"two values", R"({"keys":[]} {})", {""}},
      {"a list", "[]", {"must be a JSON object"}},
      {"no keys", "{}", {"must have a list of keys"}},
      {"keys is no list", R"({"keys":{}})", {"must have a list of keys"}},
      {"empty list", R"({"keys":[]})", {"no key of the set can verify"}},
      {"duplicate member", R"({"keys":[],"keys":[]})", {"keys"}},
      {"key is no object", R"({"keys":["a",1]})", {"JSON object", "JSON object"}},
      {"no kty", R"({"keys":[{}]})", {"the key has no `kty`"}},
      {"kty is no string", R"({"keys":[{"kty":1}]})", {"`kty` must be a string"}},
      {"symmetric", R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})", {"symmetric"}},
      {"symmetric, hidden", KeySetText({Ec(R"("k":"c2VjcmV0")")}), {"remove `k`"}},
      {"private RSA", KeySetText({Rsa(R"("d":"c2VjcmV0")")}), {"remove `d`"}},
      {"private factor", KeySetText({Rsa(R"("p":"c2VjcmV0")")}), {"remove `p`"}},
      {"private, not used", KeySetText({Ec(), Rsa(R"("use":"enc","qi":"AA")")}), {"remove `qi`"}},
      {"private, null", KeySetText({Rsa(R"("d":null)")}), {"remove `d`"}},
      {"weak RSA", KeySetText({SigningKey::Rsa(1024).Jwk("")}), {"1024 bits"}},
      {"no modulus", R"({"keys":[{"kty":"RSA","e":"AQAB"}]})", {"no `n`"}},
      {"nothing", R"({"keys":[{"kty":"RSA"}]})", {"no `n`", "no `e`"}},
      {"padding", R"({"keys":[{"kty":"RSA","n":"AA==","e":"AQAB"}]})", {"`n` must be base64url"}},
      {"standard alphabet", R"({"keys":[{"kty":"RSA","n":"+/","e":""}]})", {"`n`", "`e`"}},
      {"number", R"({"keys":[{"kty":"RSA","n":1,"e":65537}]})", {"`n` must be", "`e` must be"}},
      {"no curve", StrCat(R"({"keys":[{"kty":"EC",)", point, "}]}"), {"no `crv`"}},
      {"curve is no string", R"({"keys":[{"kty":"EC","crv":256}]})", {"`crv` must be a string"}},
      {"coordinates", StrCat(R"({"keys":[{"kty":"EC","crv":"P-256",)", point, "}]}"), {"32 bytes"}},
      {"no y", R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA"}]})", {"no `y`"}},
      {"short Ed25519", R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]})", {"32 bytes"}},
      {"kid is no string", KeySetText({Rsa(R"("kid":1)")}), {"`kid` must be a string"}},
      {"empty kid", KeySetText({Rsa(R"("kid":"")")}), {"`kid` must have 1 to"}},
      {"long kid",
       KeySetText({Rsa(StrCat(R"("kid":")", std::string(1025, 'a'), "\""))}),
       {"`kid` must have 1 to 1024"}},
      {"use is no string", KeySetText({Rsa(R"("use":["sig"])")}), {"`use` must be a string"}},
      {"key_ops is no list", KeySetText({Rsa(R"("key_ops":"verify")")}), {"`key_ops` must be"}},
      {"key_ops of numbers", KeySetText({Rsa(R"("key_ops":[1])")}), {"`key_ops` must be"}},
      {"alg is no string", KeySetText({Rsa(R"("alg":null)")}), {"`alg` must be a string"}},
      {"alg of another type", KeySetText({Rsa(R"("alg":"ES256")")}), {"cannot verify `ES256`"}},
      {"alg of another curve", KeySetText({Ec(R"("alg":"ES384")")}), {"cannot verify `ES384`"}},
      {"same kid twice",
       KeySetText({Rsa(), Rsa()}),
       {"another key of this type has the `kid` `r`"}},
      {"all at once",
       KeySetText({Rsa(R"("d":"AA")"), Ec(R"("kid":"")"), "[]"}),
       {"remove `d`", "`kid` must have", "must be a JSON object"}},
  };
}

TEST(KeySet, RefusesWithAllMistakesAtOnce) {
  for (const BadCase& c : BadSets()) {
    std::vector<base::TextError> errors;
    EXPECT_EQ(Parse(c.text, &errors), nullptr) << c.name;
    ASSERT_EQ(errors.size(), c.messages.size()) << c.name;
    for (size_t i = 0; i < errors.size(); ++i) {
      EXPECT_NE(errors[i].message.find(c.messages[i]), std::string::npos)
          << c.name << ": " << errors[i].message;
      EXPECT_NE(errors[i].position.line, 0u) << c.name;
      EXPECT_EQ(errors[i].message.find("c2VjcmV0"), std::string::npos) << "tells the secret";
    }
  }
}

TEST(KeySet, TellsPlacesInTheLargerText) {
  std::vector<base::TextError> errors;
  base::JsonReaderOptions options;
  options.origin = {7, 3};
  options.later_line_column = 3;
  EXPECT_EQ(KeySet::Parse("{\"keys\":[\n  {\"kty\":1}]}", options, &errors), nullptr);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].position, (base::Position{8, 12}));
}

std::string ManyKeys(int rsa, int ec) {
  const std::string modulus = SigningKey::For("RS256").Number(OSSL_PKEY_PARAM_RSA_N, 0);
  std::string text = R"({"keys":[)";
  for (int i = 0; i < rsa; ++i) {
    text += Rsa(StrCat(R"("kid":")", i, "\"")) + ",";
  }
  for (int i = 0; i < ec; ++i) {
    text += Ec(StrCat(R"("kid":")", i, "\"")) + ",";
  }
  text.back() = ']';
  return text + "}";
}

TEST(KeySet, HoldsTheLimits) {  // R-5.64
  const auto full = ParseGood(ManyKeys(100, 100));
  ASSERT_NE(full, nullptr);
  EXPECT_EQ(full->keys().size(), 200u);
  for (const std::string& text : {ManyKeys(101, 0), ManyKeys(1, 101)}) {
    std::vector<base::TextError> errors;
    EXPECT_EQ(Parse(text, &errors), nullptr);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_NE(errors[0].message.find("at most 100"), std::string::npos);
  }
  EXPECT_NE(ParseGood(KeySetText({Rsa(StrCat(R"("kid":")", std::string(1024, 'a'), "\""))})),
            nullptr);
}

TEST(KeySet, BoundsSizeAndDepth) {
  std::vector<base::TextError> errors;
  EXPECT_EQ(Parse(KeySetText({Ec()}) + std::string(1 << 20, ' '), &errors), nullptr);
  EXPECT_FALSE(errors.empty());
  errors.clear();
  const std::string deep = std::string(20, '[') + std::string(20, ']');
  EXPECT_EQ(Parse(KeySetText({Ec(R"("x5c":)" + deep)}), &errors), nullptr);
  EXPECT_FALSE(errors.empty());
}

}  // namespace
}  // namespace portcullis::federation
