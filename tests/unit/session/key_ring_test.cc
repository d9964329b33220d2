#include "server/session/key_ring.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/session/session_internal.h"
#include "tests/unit/session/session_fixtures.h"

namespace portcullis::session {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(KeyRing, SealsWithTheFirstAndFindsAll) {
  const auto ring = Ring({Key("new", 1), Key("old", 2)});
  EXPECT_EQ(ring->sealing_key().id, "new");
  ASSERT_NE(ring->Find("old"), nullptr);
  EXPECT_EQ(ring->Find("old")->id, "old");
  EXPECT_EQ(ring->Find("OLD"), nullptr);
  EXPECT_EQ(ring->Find(""), nullptr);
  EXPECT_THAT(ring->key_ids(), ElementsAre("new", "old"));
}

TEST(KeyRing, DrawsDifferentKeysForDifferentUsesAndIds) {
  const auto ring = Ring({Key("a", 1), Key("b", 1)});
  std::set<std::array<uint8_t, 32>> keys = {Key("a", 1).material};
  for (const char* id : {"a", "b"}) {
    keys.insert(ring->Find(id)->sealing->bytes);
    keys.insert(ring->Find(id)->deriving);
  }
  EXPECT_EQ(keys.size(), 5u);
}

TEST(KeyRing, RefusesMalformedRings) {
  struct Case {
    const char* name;
    std::vector<KeyRingEntry> entries;
    const char* message;
  };
  const std::string longest(32, 'k');
  const Case cases[] = {
      {"empty ring", {}, "no keys"},
      {"empty id", {Key("", 1)}, "1 to 32"},
      {"id one too long", {Key(longest + "k", 1)}, "1 to 32"},
      {"blank in id", {Key("a b", 1)}, "1 to 32"},
      {"dot in id", {Key("a.b", 1)}, "1 to 32"},
      {"non-ASCII id", {Key("\u00E9", 1)}, "1 to 32"},
      {"repeated id", {Key("a", 1), Key("b", 2), Key("a", 3)}, "more than once"},
      {"material never filled", {Key("a", 0)}, "all zero"},
  };
  for (const Case& c : cases) {
    const auto ring = KeyRing::Create(c.entries);
    EXPECT_EQ(ring.status().code(), absl::StatusCode::kInvalidArgument) << c.name;
    EXPECT_THAT(std::string(ring.status().message()), HasSubstr(c.message)) << c.name;
  }
  EXPECT_TRUE(KeyRing::Create({Key(longest, 1)}).ok());
  EXPECT_TRUE(KeyRing::Create({Key("azAZ09_-", 1)}).ok());
}

TEST(KeyRing, FingerprintTellsRingsApartAndHidesThem) {
  const std::string fingerprint = Ring({Key("a", 1), Key("b", 2)})->fingerprint();
  EXPECT_EQ(fingerprint.size(), 64u);
  EXPECT_EQ(fingerprint, Ring({Key("a", 1), Key("b", 2)})->fingerprint());
  EXPECT_NE(fingerprint, Ring({Key("b", 2), Key("a", 1)})->fingerprint());
  EXPECT_NE(fingerprint, Ring({Key("a", 1)})->fingerprint());
  EXPECT_NE(fingerprint, Ring({Key("a", 1), Key("b", 3)})->fingerprint());
  EXPECT_NE(fingerprint, Ring({Key("a", 1), Key("c", 2)})->fingerprint());
  EXPECT_THAT(fingerprint, Not(HasSubstr("0101010101")));
}

TEST(ParseKeyFile, AcceptsBothSpellingsWithBlanksAround) {
  const std::string hexadecimal =
      "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
  const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  for (const std::string& text :
       {hexadecimal, base64, base64 + "\n", " \t" + hexadecimal + "\r\n"}) {
    const auto entry = KeyRing::ParseKeyFile("k1", text);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(entry->id, "k1");
    for (size_t i = 0; i < 32; ++i) EXPECT_EQ(entry->material[i], i);
  }
}

TEST(ParseKeyFile, RefusesAnythingElseWithoutShowingIt) {
  const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const std::vector<std::string> texts = {
      "",
      "\n",
      "secret",
      base64.substr(0, 43),
      base64 + "=",
      base64 + base64,
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",   // Unused bits set.
      "AAECAwQFBgcICQoL DA0ODxAREhMUFRYXGBkaGxwdHh8=",  // A blank inside.
      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",   // 31 bytes.
      std::string(63, 'a'),
      std::string(65, 'a'),
      std::string(64, 'g'),
      std::string(64, '0'),  // All zero.
  };
  for (const std::string& text : texts) {
    const auto entry = KeyRing::ParseKeyFile("k1", text);
    EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument) << text;
    if (text.size() > 5) {
      EXPECT_THAT(std::string(entry.status().message()), Not(HasSubstr(text.substr(0, 6))));
    }
  }
  EXPECT_FALSE(KeyRing::ParseKeyFile("no/slash", base64).ok());
}

TEST(GenerateKeyFile, MakesADifferentReadableKeyEachTime) {
  const std::string a = KeyRing::GenerateKeyFile();
  const std::string b = KeyRing::GenerateKeyFile();
  EXPECT_NE(a, b);
  EXPECT_TRUE(KeyRing::ParseKeyFile("a", a).ok());
  EXPECT_EQ(a.back(), '\n');
}

}  // namespace
}  // namespace portcullis::session
