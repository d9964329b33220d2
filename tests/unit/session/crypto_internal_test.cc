#include "server/session/crypto_internal.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace portcullis::session {
namespace {

template <size_t kSize>
std::string Hex(const std::array<uint8_t, kSize>& bytes) {
  return absl::BytesToHexString(std::string(bytes.begin(), bytes.end()));
}

std::vector<uint8_t> FromHex(const char* hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return {bytes.begin(), bytes.end()};
}

TEST(Sha256, AgreesWithFips180) {
  std::array<uint8_t, 32> digest;
  ASSERT_TRUE(Sha256("abc", &digest));
  EXPECT_EQ(Hex(digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(Sha256("", &digest));
  EXPECT_EQ(Hex(digest), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hmac, AgreesWithRfc4231AndRfc2202) {
  const std::vector<uint8_t> key(20, 0x0b);
  std::array<uint8_t, 32> mac256;
  ASSERT_TRUE(HmacSha256(key, "Hi There", &mac256));
  EXPECT_EQ(Hex(mac256), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  std::array<uint8_t, 20> mac1;
  ASSERT_TRUE(HmacSha1(key, "Hi There", &mac1));
  EXPECT_EQ(Hex(mac1), "b617318655057264e28bc0b6fb378c8ef146be00");
}

TEST(HkdfSha256, AgreesWithRfc5869CaseWithoutSaltAndInfo) {
  std::array<uint8_t, 42> output;
  ASSERT_TRUE(HkdfSha256(std::vector<uint8_t>(22, 0x0b), "", absl::MakeSpan(output)));
  EXPECT_EQ(Hex(output),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            "9d201395faa4b61a96c8");
}

TEST(Gcm, AgreesWithKnownAnswer) {
  // Test case 16 of the GCM specification: AES-256 with additional data.
  GcmKey key;
  const std::vector<uint8_t> bytes =
      FromHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  const std::string nonce = absl::HexStringToBytes("cafebabefacedbaddecaf888");
  const std::string header = absl::HexStringToBytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const std::string plaintext = absl::HexStringToBytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  std::string sealed = "kept";
  ASSERT_TRUE(SealGcm(key, nonce, header, plaintext, &sealed));
  EXPECT_EQ(
      absl::BytesToHexString(sealed.substr(4)),
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  std::string opened;
  ASSERT_TRUE(OpenGcm(key, nonce, header, sealed.substr(4), &opened));
  EXPECT_EQ(opened, plaintext);
}

TEST(Gcm, RefusesWhatDoesNotAgreeAndRecovers) {
  GcmKey key;
  key.bytes.fill(7);
  GcmKey other;
  other.bytes.fill(8);
  const std::string nonce(kGcmNonceBytes, 'n');
  std::string sealed;
  ASSERT_TRUE(SealGcm(key, nonce, "header", "text", &sealed));
  std::string opened;
  EXPECT_FALSE(OpenGcm(key, nonce, "headex", sealed, &opened));
  EXPECT_TRUE(opened.empty());
  EXPECT_FALSE(OpenGcm(other, nonce, "header", sealed, &opened));
  EXPECT_FALSE(OpenGcm(key, std::string(kGcmNonceBytes, 'm'), "header", sealed, &opened));
  EXPECT_FALSE(OpenGcm(key, nonce, "header", sealed.substr(0, kGcmTagBytes - 1), &opened));
  EXPECT_FALSE(OpenGcm(key, "short", "header", sealed, &opened));
  // The context is in use again after each failure, with the right key expanded.
  ASSERT_TRUE(OpenGcm(key, nonce, "header", sealed, &opened));
  EXPECT_EQ(opened, "text");
}

TEST(Gcm, KeysOfEqualAddressAreToldApart) {
  const std::string nonce(kGcmNonceBytes, 'n');
  alignas(GcmKey) unsigned char place[sizeof(GcmKey)];
  std::string sealed[2];
  for (int round = 0; round < 2; ++round) {
    GcmKey* key = new (place) GcmKey();
    key->bytes.fill(static_cast<uint8_t>(round + 1));
    ASSERT_TRUE(SealGcm(*key, nonce, "", "text", &sealed[round]));
    std::string opened;
    EXPECT_TRUE(OpenGcm(*key, nonce, "", sealed[round], &opened));
    EXPECT_EQ(OpenGcm(*key, nonce, "", sealed[0], &opened), round == 0);
    key->~GcmKey();
  }
}

TEST(Crypto, ThreadsDoNotDisturbEachOther) {
  GcmKey key;
  key.bytes.fill(9);
  std::vector<int> failures(4, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&key, t, &failures] {
      const std::string nonce(kGcmNonceBytes, static_cast<char>('a' + t));
      const std::string text(100 + t, 'x');
      for (int i = 0; i < 200; ++i) {
        std::string sealed;
        std::string opened;
        if (!SealGcm(key, nonce, "h", text, &sealed) ||
            !OpenGcm(key, nonce, "h", sealed, &opened) || opened != text) {
          ++failures[t];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, std::vector<int>(4, 0));
}

TEST(RandomBytes, DiffersEachTime) {
  std::array<uint8_t, 16> a{};
  std::array<uint8_t, 16> b{};
  RandomBytes(absl::MakeSpan(a));
  RandomBytes(absl::MakeSpan(b));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace portcullis::session
