#include "server/source/yaml_writer.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/source/yaml_reader.h"

namespace portcullis::source {
namespace {

using ::testing::HasSubstr;

base::NodeTree FromJson(std::string_view json) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  EXPECT_TRUE(base::ReadJson(json, {}, &tree, &errors)) << json;
  return tree;
}

std::string Written(std::string_view json, const YamlWriterOptions& options = {}) {
  const base::NodeTree tree = FromJson(json);
  const auto text = WriteYaml(tree.root(), options);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? text->text : "";
}

TEST(YamlWriterTest, WritesBlocksInOrder) {
  EXPECT_EQ(Written(R"({"Users":[{"UserName":"ana","Tags":[{"Key":"a","Value":""}],"Count":1.50},)"
                    R"({"UserName":"bo","Empty":[],"None":{},"Set":true,"Zero":null}]})"),
            "Users:\n"
            "  - UserName: ana\n"
            "    Tags:\n"
            "      - Key: a\n"
            "        Value: \"\"\n"
            "    Count: 1.50\n"
            "  - UserName: bo\n"
            "    Empty: []\n"
            "    None: {}\n"
            "    Set: true\n"
            "    Zero: ~\n");
}

TEST(YamlWriterTest, BeginsWithTheComment) {
  YamlWriterOptions options;
  options.comment = "One.\n\nTwo: 2.";
  EXPECT_EQ(Written(R"({"a":"b"})", options), "# One.\n#\n# Two: 2.\na: b\n");
}

TEST(YamlWriterTest, QuotesWhatReadersMayTakeForSomethingElse) {
  for (const char* text : {"123456789012",
                           "0012",
                           "1e3",
                           "0x1f",
                           "1_000",
                           "12:30:45",
                           "2012-10-17",
                           "2024-01-01T00:00Z",
                           "true",
                           "True",
                           "NO",
                           "y",
                           "on",
                           "null",
                           "~",
                           "",
                           " a",
                           "a ",
                           "a: b",
                           "a #b",
                           "- a",
                           "*",
                           "&a",
                           "!a",
                           "|",
                           ">",
                           "@a",
                           "`a",
                           "%a",
                           "a:",
                           "<<",
                           "=",
                           ".inf",
                           ".nan",
                           "+1",
                           "-1",
                           "{a}",
                           "[a]",
                           "a\"b",
                           "a\\b",
                           "a\nb",
                           "a\tb",
                           "caf\u00e9"}) {
    base::JsonWriter json;
    json.BeginObject().Member("k", text).EndObject();
    EXPECT_THAT(Written(json.text()), HasSubstr("k: \"")) << text;
  }
  for (const char* text : {"ana", "s3:GetObject", "arn:aws:iam::123456789012:user/a/b", "s3:Get*",
                           "/div/", "Provides full access.", "arn:aws:s3:::b/${aws:username}"}) {
    base::JsonWriter json;
    json.BeginObject().Member("k", text).EndObject();
    const std::string written = Written(json.text());
    const bool braces = std::string_view(text).find('{') != std::string_view::npos;
    EXPECT_EQ(written.find('"') != std::string::npos, braces) << text;
  }
}

// R-1.48: in a document such characters are written as escapes, elsewhere as they are.
TEST(YamlWriterTest, EscapesBelowAsciiMembers) {
  constexpr std::string_view kMembers[] = {"PolicyDocument"};
  YamlWriterOptions options;
  options.ascii_members = kMembers;
  const std::string written = Written(
      R"({"Tag":"Łódź","PolicyDocument":{"Sid":"Łódź \ud83d\ude00"},"After":"Ł"})", options);
  EXPECT_THAT(written, HasSubstr("Tag: \"Łódź\"\n"));
  EXPECT_THAT(written, HasSubstr("Sid: \"\\u0141\\xf3d\\u017a \\U0001f600\"\n"));
  EXPECT_THAT(written, HasSubstr("After: \"Ł\"\n"));
}

TEST(YamlWriterTest, TellsWhereValuesStand) {
  const base::NodeTree tree = FromJson(R"({"a":[{"b":"x","c":{"d":1}}],"e":"z"})");
  YamlWriterOptions options;
  options.comment = "c";
  const auto text = WriteYaml(tree.root(), options);
  ASSERT_TRUE(text.ok());
  ASSERT_EQ(text->text, "# c\na:\n  - b: x\n    c:\n      d: 1\ne: z\n");
  const base::Node& item = *tree.root().Find("a")->first_child;
  EXPECT_EQ(text->NodeAt({1, 1}), nullptr);
  EXPECT_EQ(text->NodeAt({3, 8}), item.Find("b"));
  EXPECT_EQ(text->NodeAt({4, 5}), item.Find("c"));
  EXPECT_EQ(text->NodeAt({5, 10}), item.Find("c")->Find("d"));
  EXPECT_EQ(text->NodeAt({6, 1}), tree.root().Find("e"));
  EXPECT_EQ(text->NodeAt({99, 1}), tree.root().Find("e"));
}

TEST(YamlWriterTest, RefusesWhatIsNotUtf8) {
  base::NodeTree tree;
  base::Node* root = tree.NewNode();
  root->kind = base::NodeKind::kString;
  root->text = tree.Store("\xff");
  tree.set_root(root);
  EXPECT_EQ(WriteYaml(tree.root(), {}).status().code(), absl::StatusCode::kInvalidArgument);
}

// Random texts of characters that mean something to YAML, as keys and values. WriteYaml() itself
// compares what it wrote with what is read from it.
TEST(YamlWriterTest, AnyTextCanBeWritten) {
  std::mt19937 random(20261122);
  const std::vector<std::string> pieces = {
      "a",      "1",      "0",      "-",      " ",          ":",   "#",    "\n",   "\r",
      "\t",     "\"",     "'",      "\\",     "{",          "}",   "[",    "]",    ",",
      "&",      "*",      "!",      "|",      ">",          "%",   "@",    "`",    "~",
      "?",      "=",      "<",      "null",   ".",          "e",   "\x01", "\x7f", "\u0085",
      "\u00a0", "\u00e9", "\u2028", "\ufeff", "\U0001f600", "---", "...",  "\x1f"};
  const auto text = [&] {
    std::string result;
    for (size_t i = random() % 8; i > 0; --i) result += pieces[random() % pieces.size()];
    return result;
  };
  constexpr std::string_view kMembers[] = {"doc"};
  for (int i = 0; i < 20'000; ++i) {
    base::JsonWriter json;
    json.BeginObject().Key("k" + text()).BeginArray().String(text());
    json.BeginObject().Member(text(), text()).EndObject().EndArray();
    json.Key("doc").BeginObject().Member(text(), text()).EndObject().EndObject();
    const base::NodeTree tree = FromJson(json.text());
    YamlWriterOptions options;
    options.ascii_members = kMembers;
    const auto written = WriteYaml(tree.root(), options);
    ASSERT_TRUE(written.ok()) << written.status() << "\n" << json.text();
    base::NodeTree read;
    std::vector<base::TextError> errors;
    ASSERT_TRUE(ReadYaml(written->text, {}, &read, &errors));
    base::JsonWriter again;
    again.Value(read.root());
    ASSERT_EQ(again.text(), json.text());
  }
}

}  // namespace
}  // namespace portcullis::source
