#include "server/signature/crypto_internal.h"

#include <algorithm>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "server/signature/request.h"

namespace portcullis::signature {
namespace {

TEST(Sha256Hex, AgreesWithFips180) {
  HexDigest hex;
  ASSERT_TRUE(Sha256Hex("abc", &hex));
  EXPECT_EQ(TextOf(hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(Sha256Hex("", &hex));
  EXPECT_EQ(TextOf(hex), kEmptyBodySha256);
}

// RFC 4231, test case 1, whose key is shorter than ours: padded with zeros it is the same key.
TEST(HmacHex, AgreesWithRfc4231) {
  constexpr std::string_view kExpected =
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
  SigningKey key;
  std::fill_n(key.bytes.begin(), 20, uint8_t{0x0b});
  HexDigest hex;
  ASSERT_TRUE(HmacHex(key, "Hi There", &hex));
  EXPECT_EQ(TextOf(hex), kExpected);

  const std::unique_ptr<PreparedKey> prepared = PreparedKey::Create(key);
  ASSERT_NE(prepared, nullptr);
  for (int i = 0; i < 3; ++i) {  // Its context starts again each time.
    ASSERT_TRUE(prepared->HmacHex("something else", &hex));
    EXPECT_NE(TextOf(hex), kExpected);
    ASSERT_TRUE(prepared->HmacHex("Hi There", &hex));
    EXPECT_EQ(TextOf(hex), kExpected) << i;
  }
}

// The published example of the derivation (20150830, us-east-1, iam).
TEST(DeriveSigningKey, AgreesWithThePublishedExample) {
  constexpr std::string_view kExpected =
      "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9";
  SigningKey key;
  ASSERT_TRUE(DeriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                               {"AKIDEXAMPLE", "20150830", "us-east-1", "iam"}, &key));
  std::string hex;
  for (const uint8_t byte : key.bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  EXPECT_EQ(hex, kExpected);
}

TEST(DeriveSigningKey, BoundsTheSecret) {
  SigningKey key;
  const SigningScope scope = {"AKID", "20150830", "us-east-1", "iam"};
  EXPECT_TRUE(DeriveSigningKey(std::string(kSecretBytesMax, 's'), scope, &key));
  EXPECT_FALSE(DeriveSigningKey(std::string(kSecretBytesMax + 1, 's'), scope, &key));
}

TEST(EqualInConstantTime, ComparesWholeTexts) {
  EXPECT_TRUE(EqualInConstantTime("", ""));
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
  EXPECT_FALSE(EqualInConstantTime("ab", "abc"));
}

}  // namespace
}  // namespace portcullis::signature
