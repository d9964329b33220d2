#include "server/session/sealed_message.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/session/session_fixtures.h"

namespace portcullis::session {
namespace {

constexpr MessagePurpose kPurpose = MessagePurpose::kAuthorizationMessage;

TEST(SealedMessageTest, OpensToTheSameText) {
  const auto ring = Ring({Key("k1", 'a')});
  const std::string long_text(100'000, 'x');
  for (const std::string& text : {std::string(), std::string("{\"a\":1}"), long_text}) {
    const auto sealed = SealMessage(kPurpose, text, *ring);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_LE(sealed->size(), kSealedMessageCharactersMax);
    const auto opened = OpenMessage(kPurpose, *sealed, *ring);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, text);
  }
}

TEST(SealedMessageTest, TwoSealingsDiffer) {
  const auto ring = Ring({Key("k1", 'a')});
  EXPECT_NE(*SealMessage(kPurpose, "same", *ring), *SealMessage(kPurpose, "same", *ring));
}

TEST(SealedMessageTest, RefusesWhateverWasChanged) {
  const auto ring = Ring({Key("k1", 'a')});
  const std::string sealed = *SealMessage(kPurpose, "the reason", *ring);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(OpenMessage(kPurpose, changed, *ring).ok()) << "character " << i;
    EXPECT_FALSE(OpenMessage(kPurpose, sealed.substr(0, i), *ring).ok()) << "cut at " << i;
  }
  EXPECT_FALSE(OpenMessage(kPurpose, sealed + "A", *ring).ok());
  EXPECT_FALSE(OpenMessage(kPurpose, std::string(10'241, 'A'), *ring).ok());
  EXPECT_FALSE(OpenMessage(kPurpose, "", *ring).ok());
}

TEST(SealedMessageTest, NeedsTheKeyThatSealed) {
  const auto ring = Ring({Key("k1", 'a')});
  const std::string sealed = *SealMessage(kPurpose, "the reason", *ring);
  EXPECT_FALSE(OpenMessage(kPurpose, sealed, *Ring({Key("k1", 'b')})).ok());
  EXPECT_FALSE(OpenMessage(kPurpose, sealed, *Ring({Key("k2", 'a')})).ok());
  EXPECT_TRUE(OpenMessage(kPurpose, sealed, *Ring({Key("k2", 'b'), Key("k1", 'a')})).ok());
}

TEST(SealedMessageTest, SaysSoIfATextIsTooLong) {
  const auto ring = Ring({Key("k1", 'a')});
  std::string incompressible;
  uint32_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525 + 1013904223;
    incompressible.push_back(static_cast<char>(state >> 24));
  }
  EXPECT_EQ(SealMessage(kPurpose, incompressible, *ring).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(SealMessage(kPurpose, std::string(kMessageBytesMax + 1, 'x'), *ring).ok());
}

}  // namespace
}  // namespace portcullis::session
