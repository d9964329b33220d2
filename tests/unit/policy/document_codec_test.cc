#include "server/policy/document_codec.h"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

void ExpectRoundTrip(std::string_view text, std::string_view context) {
  const std::string encoded = EncodeDocument(text, context);
  const absl::StatusOr<std::string> decoded = DecodeDocument(encoded, context);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, text);
  EXPECT_LE(encoded.size(), text.size() + text.size() / 100 + 16);
}

TEST(DocumentCodec, AnyTextComesBack) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  const std::string kTexts[] = {
      "",
      "a",
      "abc",
      std::string(1, '\0'),
      "\x1F\x1F\x1E",
      every_byte,
      every_byte + every_byte,
      std::string(1000, 'a'),
      std::string(100'000, 'b') + every_byte,
      R"({"Version":"2012-10-17"})",
      R"({"Statement":{"Sid":"\u00fcü€"}})",
  };
  for (const std::string& text : kTexts) {
    for (const std::string& context : kTexts) ExpectRoundTrip(text, context);
  }
}

// Few different characters, so that references of every size and distance occur, and texts longer
// than the window.
TEST(DocumentCodec, RandomTextsComeBack) {
  std::minstd_rand random(1);
  for (int i = 0; i < 300; ++i) {
    const auto text_of = [&](size_t size, uint32_t letters) {
      std::string text(size, ' ');
      for (char& c : text) c = static_cast<char>('a' + random() % letters);
      return text;
    };
    const uint32_t letters = 1 + random() % 20;
    const size_t size = i % 50 == 0 ? 150'000 : random() % 500;
    ExpectRoundTrip(text_of(size, letters), text_of(random() % 500, letters));
  }
}

// Nothing damaged gets past: it is an error or another text, and it ends.
TEST(DocumentCodec, DamagedBytesAreAnError) {
  const std::string text = R"({"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow"}})";
  const std::string encoded = EncodeDocument(text, "context");
  for (size_t size = 1; size < encoded.size(); ++size) {
    EXPECT_FALSE(DecodeDocument(encoded.substr(0, size), "context").ok()) << size;
  }
  EXPECT_FALSE(DecodeDocument(encoded + "x", "context").ok());
  EXPECT_FALSE(DecodeDocument("\x07", "context").ok());
  std::minstd_rand random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = encoded;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    const absl::StatusOr<std::string> decoded = DecodeDocument(damaged, "context");
    EXPECT_LE(decoded.value_or("").size(), 1032 * damaged.size());
  }
}

TEST(DocumentCodec, OrdinaryDocumentsShrink) {
  const std::string json =
      R"({"Version":"2012-10-17","Statement":{"Sid":"ReadTable","Effect":"Allow",)"
      R"("Action":"dynamodb:GetItem",)"
      R"("Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/t-17",)"
      R"("Condition":{"StringEquals":{"app:department":["red","blue"]}}}})";
  const auto policy = CompileForTest(json)->WithDocument(json);
  EXPECT_EQ(policy->document(), json);
  const std::string_view texts =
      "dynamodb:getitemarn:aws:dynamodb:eu-west-1:111122223333:table/t-17app:departmentredblue";
  EXPECT_LT(EncodeDocument(json, texts).size(), json.size() / 4);
}

TEST(DocumentCodec, PoliciesKeepTheirMeaningWithADocument) {
  const std::string json = Document(
      R"({"Sid":"A","Effect":"Allow","Action":["a:b","c:*"],"Resource":["arn:aws:a:::x/*","*"]},)"
      R"({"Sid":"B","Effect":"Deny","NotAction":"a:b","Resource":"*"})");
  const auto plain = CompileForTest(json);
  const auto with = plain->WithDocument(json);
  EXPECT_EQ(plain->document(), "");
  EXPECT_EQ(with->document(), json);
  EXPECT_EQ(with->type(), plain->type());
  ASSERT_EQ(with->statements().size(), 2u);
  EXPECT_EQ(with->statements()[0].sid, "A");
  EXPECT_EQ(with->statements()[1].sid, "B");
  EXPECT_EQ(with->statements()[0].actions[1].pattern.ToText(), "c:*");
  EXPECT_EQ(with->statements()[0].resources[0].ToText(), "arn:aws:a:::x/*");
}

}  // namespace
}  // namespace portcullis::policy
