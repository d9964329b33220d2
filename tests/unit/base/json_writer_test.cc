#include "server/base/json_writer.h"

#include <cstdint>
#include <limits>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

TEST(JsonWriter, WritesEveryKind) {
  JsonWriter writer;
  writer.BeginObject().Key("a").BeginArray();
  writer.Int(-1).Uint(std::numeric_limits<uint64_t>::max()).Double(0.5).Bool(true).Null();
  writer.EndArray().Member("b", "text").Member("c", std::string_view("view"));
  writer.Member("d", int64_t{7}).Member("e", false).EndObject();
  EXPECT_EQ(
      writer.text(),
      R"({"a":[-1,18446744073709551615,0.5,true,null],"b":"text","c":"view","d":7,"e":false})");
}

TEST(JsonWriter, EscapesWhatJsonMustNotHold) {
  JsonWriter writer;
  writer.String("a\"b\\c\n\x01");
  EXPECT_EQ(writer.text(), "\"a\\\"b\\\\c\\n\\u0001\"");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
  JsonWriter writer;
  writer.String("é\xFFz\xC3");
  EXPECT_EQ(writer.text(), "\"é\uFFFDz\uFFFD\"");
}

TEST(JsonWriter, HasNoWordForWhatIsNotFinite) {
  JsonWriter writer;
  writer.BeginArray().Double(std::numeric_limits<double>::infinity()).EndArray();
  EXPECT_EQ(writer.text(), "[null]");
}

TEST(JsonWriter, StartsAfreshAfterClear) {
  JsonWriter writer;
  writer.BeginArray().Int(1).EndArray();
  writer.Clear();
  EXPECT_EQ(writer.text(), "");
  writer.BeginObject().EndObject();
  EXPECT_EQ(writer.text(), "{}");
}

TEST(JsonWriter, WritesStringsWithoutData) {
  JsonWriter writer;
  writer.String(std::string_view());
  EXPECT_EQ(writer.text(), "\"\"");
}

Node Number(std::string_view text) {
  Node node;
  node.kind = NodeKind::kNumber;
  node.text = text;
  return node;
}

TEST(JsonWriter, WritesNumbersAsSpelled) {
  for (const std::string_view text : {"0", "-1.50", "1e5", "123456789012345678901234567890"}) {
    JsonWriter writer;
    EXPECT_EQ(writer.Value(Number(text)).text(), text);
  }
}

// YAML knows numbers that JSON does not.
TEST(JsonWriter, QuotesNumbersThatJsonDoesNotHave) {
  for (const std::string_view text : {"007", "0x1F", ".5", "1.", "+1", ".inf", "1e", ""}) {
    JsonWriter writer;
    EXPECT_EQ(writer.Value(Number(text)).text(), "\"" + std::string(text) + "\"");
  }
}

}  // namespace
}  // namespace portcullis::base
