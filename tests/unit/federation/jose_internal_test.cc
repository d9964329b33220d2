#include "server/federation/jose_internal.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::federation {
namespace {

std::string Decoded(std::string_view text) {
  return DecodeBase64Url(text).value_or("(refused)");
}

TEST(DecodeBase64Url, DecodesWithoutPadding) {  // RFC 4648 section 10, RFC 7515 appendix C.
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("Zg"), "f");
  EXPECT_EQ(Decoded("Zm8"), "fo");
  EXPECT_EQ(Decoded("Zm9v"), "foo");
  EXPECT_EQ(Decoded("Zm9vYmFy"), "foobar");
  EXPECT_EQ(Decoded("A-z_4ME"), "\x03\xec\xff\xe0\xc1");
}

TEST(DecodeBase64Url, RefusesEverySecondSpelling) {
  for (const char* text : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm9v\n", " Zm9v", "Zm+v",
                           "Zm/v", "Zm.v", "Zm9v=", "Zm\xc3\xa9"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(FindSignatureAlgorithm, KnowsTheEightAndNothingElse) {  // R-5.64
  for (const char* name :
       {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"}) {
    ASSERT_NE(FindSignatureAlgorithm(name), nullptr) << name;
    EXPECT_EQ(FindSignatureAlgorithm(name)->name, name);
  }
  for (const char* name :
       {"none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "PS384", "PS512", "ES256K",
        "rs256", "RS256 ", "eddsa", "Ed25519", "RSA-OAEP", "dir", "A128KW"}) {
    EXPECT_EQ(FindSignatureAlgorithm(name), nullptr) << name;
  }
}

PublicKey::Parts RsaParts(const SigningKey& key) {
  return {.type = KeyType::kRsa,
          .modulus = key.Number(OSSL_PKEY_PARAM_RSA_N, 0),
          .exponent = key.Number(OSSL_PKEY_PARAM_RSA_E, 0)};
}

// Signatures that others made: RFC 7515 appendices A.2 to A.4, RFC 8037 appendix A.4.
constexpr char kRfcClaims[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

struct RfcCase {
  const char* algorithm;
  const char* key;
  std::string token;
};

std::vector<RfcCase> RfcCases() {
  return {
      {"RS256",
       R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-)"
       R"(4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7O)"
       R"(Mg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb)"
       R"(3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4)"
       R"(FRWyuXpoQ","e":"AQAB"})",
       base::Concat({"eyJhbGciOiJSUzI1NiJ9.", kRfcClaims,
                     ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-"
                     "0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnby"
                     "TyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD"
                     "wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt"
                     "5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"})},
      {"ES256",
       R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
       R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
       base::Concat({"eyJhbGciOiJFUzI1NiJ9.", kRfcClaims,
                     ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJ"
                     "qPP3-Kg6NU1Q"})},
      {"ES512",
       R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_)"
       R"(NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3)"
       R"(S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})",
       "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc"
       "-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnw"
       "NrmxYbSW9ERBXukOXolLzeO_Jn"},
      {"EdDSA",
       R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
       "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcv"
       "Mg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
  };
}

TEST(PublicKey, AgreesWithTheRfcs) {
  for (const RfcCase& c : RfcCases()) {
    std::vector<base::TextError> errors;
    const auto keys = KeySet::Parse(KeySetText({c.key}), {}, &errors);
    ASSERT_NE(keys, nullptr) << c.algorithm;
    const SignatureAlgorithm& algorithm = *FindSignatureAlgorithm(c.algorithm);
    const PublicKey& key = *keys->keys()[0].public_key;
    EXPECT_TRUE(key.Verifies(algorithm, c.token)) << c.algorithm;
    std::string tampered = c.token;
    char& middle = tampered[tampered.size() - 40];
    middle = middle == 'A' ? 'B' : 'A';
    EXPECT_FALSE(key.Verifies(algorithm, tampered)) << c.algorithm;
  }
}

TEST(PublicKey, RefusesMalformedAndWeakKeys) {  // R-5.64
  const PublicKey::Parts good = RsaParts(SigningKey::For("RS256"));
  ASSERT_TRUE(PublicKey::Import(good).ok());
  const auto with = [&](std::string modulus, std::string exponent) {
    return PublicKey::Import(
        {.type = KeyType::kRsa, .modulus = std::move(modulus), .exponent = std::move(exponent)});
  };
  EXPECT_FALSE(PublicKey::Import({}).ok());
  EXPECT_FALSE(with("", good.exponent).ok());
  EXPECT_FALSE(with(good.modulus, "").ok());
  EXPECT_FALSE(with('\0' + good.modulus, good.exponent).ok());
  EXPECT_FALSE(with(good.modulus, std::string("\0\1\0\1", 4)).ok());
  EXPECT_FALSE(with(good.modulus, "\1").ok()) << "whatever is signed would be its own signature";
  EXPECT_FALSE(with(good.modulus, "\2").ok());
  EXPECT_FALSE(with(good.modulus, "\1\1\1\1\1").ok());
  EXPECT_TRUE(with(good.modulus, "\3").ok());
  EXPECT_FALSE(with(good.modulus.substr(0, 255) + '\2', good.exponent).ok());
  EXPECT_FALSE(with('\x7f' + good.modulus.substr(1), good.exponent).ok()) << "2047 bits";
  EXPECT_TRUE(with(std::string(1024, '\xff'), good.exponent).ok()) << "8192 bits";
  EXPECT_FALSE(with('\1' + std::string(1024, '\xff'), good.exponent).ok()) << "8193 bits";
}

TEST(PublicKey, RefusesPointsThatAreNotOnTheCurve) {
  const SigningKey& key = SigningKey::For("ES256");
  PublicKey::Parts parts{.type = KeyType::kP256,
                         .x = key.Number(OSSL_PKEY_PARAM_EC_PUB_X, 32),
                         .y = key.Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)};
  ASSERT_TRUE(PublicKey::Import(parts).ok());
  PublicKey::Parts short_one = parts;
  short_one.x.pop_back();
  EXPECT_FALSE(PublicKey::Import(short_one).ok());
  PublicKey::Parts without_y = parts;
  without_y.y.clear();
  EXPECT_FALSE(PublicKey::Import(without_y).ok());
  PublicKey::Parts other_curve = parts;
  other_curve.type = KeyType::kP384;
  EXPECT_FALSE(PublicKey::Import(other_curve).ok());
  parts.y[31] ^= 1;
  EXPECT_FALSE(PublicKey::Import(parts).ok());
}

TEST(PublicKey, RefusesSignaturesOfAnotherLength) {
  const SigningKey& key = SigningKey::For("RS256");
  const auto imported = PublicKey::Import(RsaParts(key));
  ASSERT_TRUE(imported.ok());
  const SignatureAlgorithm& rs256 = *FindSignatureAlgorithm("RS256");
  const std::string input = SigningInput(R"({"alg":"RS256"})", "{}");
  const std::string signature = key.Sign("RS256", input);
  EXPECT_TRUE((*imported)->Verifies(rs256, input + "." + Base64Url(signature)));
  EXPECT_FALSE((*imported)->Verifies(rs256, input + "." + Base64Url('\0' + signature)));
  EXPECT_FALSE((*imported)->Verifies(rs256, input + "." + Base64Url(signature + '\0')));
  EXPECT_FALSE((*imported)->Verifies(rs256, input + "."));
  EXPECT_FALSE((*imported)->Verifies(rs256, input));
}

// RFC 7518 section 3.5: the salt is as long as the digest.
TEST(PublicKey, VerifiesPssWithTheSaltOfItsDigestOnly) {
  const SigningKey& key = SigningKey::For("PS256");
  const auto imported = PublicKey::Import(RsaParts(key));
  ASSERT_TRUE(imported.ok());
  const SignatureAlgorithm& ps256 = *FindSignatureAlgorithm("PS256");
  const std::string input = SigningInput(R"({"alg":"PS256"})", "{}");
  const auto verifies = [&](int salt_bytes) {
    return (*imported)->Verifies(ps256,
                                 input + "." + Base64Url(key.Sign("PS256", input, salt_bytes)));
  };
  EXPECT_TRUE(verifies(32));
  EXPECT_FALSE(verifies(0));
  EXPECT_FALSE(verifies(20));
}

TEST(PublicKey, TakesNoAlgorithmOfAnotherTypeOfKey) {
  const auto imported = PublicKey::Import(RsaParts(SigningKey::For("RS256")));
  ASSERT_TRUE(imported.ok());
  for (const char* name : {"ES256", "ES384", "ES512", "EdDSA"}) {
    const std::string token =
        MakeToken(SigningKey::For(name), name, base::Concat({R"({"alg":")", name, "\"}"}), "{}");
    EXPECT_FALSE((*imported)->Verifies(*FindSignatureAlgorithm(name), token)) << name;
  }
  const std::string token =
      MakeToken(SigningKey::For("RS256"), "RS256", R"({"alg":"RS256"})", "{}");
  EXPECT_TRUE((*imported)->Verifies(*FindSignatureAlgorithm("RS256"), token));
  EXPECT_FALSE((*imported)->Verifies(*FindSignatureAlgorithm("RS384"), token));
  EXPECT_FALSE((*imported)->Verifies(*FindSignatureAlgorithm("PS256"), token));
}

TEST(PublicKey, VerifiesInManyThreadsAtOnce) {
  const auto imported = PublicKey::Import(RsaParts(SigningKey::For("RS256")));
  ASSERT_TRUE(imported.ok());
  const std::string good =
      MakeToken(SigningKey::For("RS256"), "RS256", R"({"alg":"RS256"})", R"({"a":1})");
  std::string bad = good;
  bad[bad.size() - 10] = bad[bad.size() - 10] == 'A' ? 'B' : 'A';
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&, out = &count] {
      for (int i = 0; i < 200; ++i) {
        *out += !(*imported)->Verifies(*FindSignatureAlgorithm("RS256"), good);
        *out += (*imported)->Verifies(*FindSignatureAlgorithm("RS256"), bad);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace portcullis::federation
