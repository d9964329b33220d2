#include "server/signature/signing_key_cache.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

constexpr SigningScope kScope = {"AKID", "20261121", "us-east-1", "sts"};

std::string SignatureOf(PreparedKey* key) {
  HexDigest hex;
  return key != nullptr && key->HmacHex("message", &hex) ? std::string(TextOf(hex)) : "";
}

void Insert(SigningKeyCache* cache, const SigningScope& scope, std::string_view secret) {
  SigningKey key;
  ASSERT_TRUE(DeriveSigningKey(secret, scope, &key));
  cache->Insert(scope, secret, key);
}

std::string Expected(const SigningScope& scope, std::string_view secret) {
  SigningKey key;
  HexDigest hex;
  return DeriveSigningKey(secret, scope, &key) && HmacHex(key, "message", &hex)
             ? std::string(TextOf(hex))
             : "";
}

TEST(SigningKeyCache, FindsWhatWasInserted) {
  SigningKeyCache cache;
  EXPECT_EQ(cache.Find(kScope, "secret"), nullptr);
  Insert(&cache, kScope, "secret");
  EXPECT_EQ(SignatureOf(cache.Find(kScope, "secret")), Expected(kScope, "secret"));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(SigningKeyCache, EveryPartOfTheScopeAndTheSecretCount) {
  SigningKeyCache cache;
  Insert(&cache, kScope, "secret");
  for (const SigningScope& other : {SigningScope{"AKIE", "20261121", "us-east-1", "sts"},
                                    SigningScope{"AKID", "20261122", "us-east-1", "sts"},
                                    SigningScope{"AKID", "20261121", "us-east-2", "sts"},
                                    SigningScope{"AKID", "20261121", "us-east-1", "iam"},
                                    SigningScope{"AKI", "D20261121", "us-east-1", "sts"},
                                    SigningScope{"AKID", "20261121", "us-east-1s", "ts"}}) {
    EXPECT_EQ(cache.Find(other, "secret"), nullptr)
        << other.access_key_id << other.date << other.region << other.service;
  }
  for (const char* secret : {"", "secre", "secret ", "Secret", "secreT"}) {
    EXPECT_EQ(cache.Find(kScope, secret), nullptr) << secret;
  }
}

// A key whose secret was rotated: the old secret's key is never used for the new one.
TEST(SigningKeyCache, ARotatedSecretTakesItsEntryOver) {
  SigningKeyCache cache;
  Insert(&cache, kScope, "old");
  EXPECT_EQ(cache.Find(kScope, "new"), nullptr);
  Insert(&cache, kScope, "new");
  EXPECT_EQ(SignatureOf(cache.Find(kScope, "new")), Expected(kScope, "new"));
  EXPECT_EQ(cache.Find(kScope, "old"), nullptr);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(SigningKeyCache, IsBounded) {
  SigningKeyCache cache(8);
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "AKID" + std::to_string(i);
    const SigningScope scope = {id, "20261121", "us-east-1", "sts"};
    Insert(&cache, scope, "secret");
    EXPECT_EQ(SignatureOf(cache.Find(scope, "secret")), Expected(scope, "secret")) << i;
    EXPECT_LE(cache.size(), 8u);
  }
}

TEST(SigningKeyCache, TheLeastRecentlyUsedMakesRoom) {
  SigningKeyCache cache(1);  // One set of four.
  const SigningScope scopes[] = {{"A", "1", "r", "s"},
                                 {"B", "1", "r", "s"},
                                 {"C", "1", "r", "s"},
                                 {"D", "1", "r", "s"},
                                 {"E", "1", "r", "s"}};
  for (int i = 0; i < 4; ++i) Insert(&cache, scopes[i], "secret");
  EXPECT_NE(cache.Find(scopes[0], "secret"), nullptr);
  Insert(&cache, scopes[4], "secret");
  EXPECT_EQ(cache.Find(scopes[1], "secret"), nullptr);
  for (const int i : {0, 2, 3, 4}) EXPECT_NE(cache.Find(scopes[i], "secret"), nullptr) << i;
}

}  // namespace
}  // namespace portcullis::signature
