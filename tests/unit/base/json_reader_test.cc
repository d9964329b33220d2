#include "server/base/json_reader.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/json_writer.h"

namespace portcullis::base {
namespace {

using testing::ElementsAre;

std::string At(Position position) {
  return std::to_string(position.line) + ":" + std::to_string(position.column);
}

// The errors as "line:column message"; empty if the text is read.
std::vector<std::string> ErrorsOf(std::string_view text, const JsonReaderOptions& options = {}) {
  NodeTree tree;
  std::vector<TextError> errors;
  const bool read = ReadJson(text, options, &tree, &errors);
  EXPECT_EQ(read, errors.empty());
  std::vector<std::string> printed;
  for (const TextError& error : errors) printed.push_back(At(error.position) + " " + error.message);
  return printed;
}

NodeTree Read(std::string_view text, const JsonReaderOptions& options = {}) {
  NodeTree tree;
  std::vector<TextError> errors;
  EXPECT_TRUE(ReadJson(text, options, &tree, &errors)) << text;
  return tree;
}

std::string Written(std::string_view text) {
  const NodeTree tree = Read(text);
  JsonWriter writer;
  return std::string(writer.Value(tree.root()).text());
}

TEST(ReadJson, ReadsEveryKind) {
  const NodeTree tree = Read(R"({"a":null,"b":[true,false],"c":"x","d":-1.50e+2,"e":{}})");
  const Node& root = tree.root();
  ASSERT_TRUE(root.is_mapping());
  EXPECT_EQ(root.child_count, 5u);
  EXPECT_EQ(root.Find("a")->kind, NodeKind::kNull);
  EXPECT_EQ(root.Find("b")->child_count, 2u);
  EXPECT_EQ(root.Find("b")->first_child->kind, NodeKind::kBoolean);
  EXPECT_EQ(root.Find("b")->first_child->text, "true");
  EXPECT_EQ(root.Find("c")->text, "x");
  EXPECT_EQ(root.Find("d")->kind, NodeKind::kNumber);
  EXPECT_EQ(root.Find("e")->child_count, 0u);
}

TEST(ReadJson, ReadsScalarsAtTheTop) {
  EXPECT_EQ(Read(" \"x\" ").root().text, "x");
  EXPECT_EQ(Read("7").root().text, "7");
  EXPECT_EQ(Read("\tnull\r\n").root().kind, NodeKind::kNull);
}

// R-2.3: the text of a number is what its author wrote.
TEST(ReadJson, KeepsTheSpellingOfNumbers) {
  for (const std::string_view number :
       {"0", "-0", "1.10", "1E5", "123456789012345678901234567890", "0.1000", "-2.5e-7"}) {
    EXPECT_EQ(Read(number).root().text, number);
  }
}

TEST(ReadJson, DecodesEscapes) {
  EXPECT_EQ(Read(R"("\"\\\/\b\f\n\r\t")").root().text, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Read(R"("caf\u00e9 \u6771 \ud83d\ude00")").root().text, "café 東 😀");
  EXPECT_EQ(Read(R"("a\u0000b")").root().text, std::string_view("a\0b", 3));
  EXPECT_EQ(Read(R"({"\u0041ction":1})").root().first_child->key, "Action");
}

TEST(ReadJson, OwnsWhatItRead) {
  std::string text = R"({"key":"value","number":12})";
  const NodeTree tree = Read(text);
  text.assign(text.size(), '#');
  EXPECT_EQ(tree.root().Find("key")->text, "value");
  EXPECT_EQ(tree.root().Find("number")->text, "12");
}

TEST(ReadJson, KnowsWhereEverythingStands) {
  const NodeTree tree = Read("{ \"a\" : 1,\n  \"bé\": [ true , \"x\\ny\" ],\n\t\"c\":{\n}}");
  const Node& root = tree.root();
  EXPECT_EQ(At(root.begin), "1:1");
  EXPECT_EQ(At(root.end), "4:3");
  EXPECT_EQ(At(root.Find("a")->key_begin), "1:3");
  EXPECT_EQ(At(root.Find("a")->begin), "1:9");
  EXPECT_EQ(At(root.Find("a")->end), "1:10");
  const Node& list = *root.Find("bé");
  EXPECT_EQ(At(list.key_begin), "2:3");
  EXPECT_EQ(At(list.begin), "2:9");
  EXPECT_EQ(At(list.first_child->begin), "2:11");
  EXPECT_EQ(At(list.first_child->end), "2:15");
  EXPECT_EQ(At(list.first_child->next_sibling->begin), "2:18");
  EXPECT_EQ(At(list.first_child->next_sibling->end), "2:24");
  EXPECT_EQ(At(list.end), "2:26");
  EXPECT_EQ(At(root.Find("c")->key_begin), "3:2");
  EXPECT_EQ(At(root.Find("c")->end), "4:2");
}

// Strings whose decoded form is as long as a part of their token that ends in a quote.
TEST(ReadJson, FindsTheEndOfStringsWithEscapes) {
  for (const std::string_view text :
       {R"(["\\","b"])", R"(["\"","b"])", R"(["\\\"","b"])", R"(["a\\","b"])", R"(["\u0022","b"])",
        R"(["","b"])", R"(["\"\"\"","b"])", R"(["\\u0022","b"])"}) {
    const NodeTree tree = Read(text);
    const Node& second = *tree.root().first_child->next_sibling;
    EXPECT_EQ(second.begin.column, text.size() - 3) << text;
    EXPECT_EQ(tree.root().end.column, text.size() + 1) << text;
  }
}

TEST(ReadJson, CountsFromTheOriginGiven) {
  const JsonReaderOptions options = {.origin = {10, 5}, .later_line_column = 3};
  const NodeTree tree = Read("{\"a\":\n1}", options);
  EXPECT_EQ(At(tree.root().begin), "10:5");
  EXPECT_EQ(At(tree.root().first_child->begin), "11:3");
  EXPECT_THAT(ErrorsOf("[\n x]", options), ElementsAre("11:4 expected a value"));
}

// R-2.3, A-105.
TEST(ReadJson, ReportsEveryDuplicateMember) {
  EXPECT_THAT(ErrorsOf(R"({"a":1,"b":{"x":1,"x":2},"a":3,"a":4})"),
              ElementsAre("1:19 duplicate member `x`", "1:26 duplicate member `a`",
                          "1:32 duplicate member `a`"));
  EXPECT_THAT(ErrorsOf(R"({"a":1,"\u0061":2})"), ElementsAre("1:8 duplicate member `a`"));
  EXPECT_THAT(ErrorsOf(R"({"a":1,"A":2})"), ElementsAre());
}

TEST(ReadJson, ReportsDuplicatesInLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_THAT(ErrorsOf(text + "\"z\":0}"), ElementsAre());
  EXPECT_THAT(ErrorsOf(text + "\"k7\":0}"),
              ElementsAre("1:" + std::to_string(text.size() + 1) + " duplicate member `k7`"));
}

struct SyntaxCase {
  std::string_view text;
  std::string_view error;
};

// RFC 8259.
TEST(ReadJson, RefusesWhatIsNotJson) {
  const std::vector<SyntaxCase> cases = {
      {"", "1:1 expected a JSON value"},
      {" \n ", "2:2 expected a JSON value"},
      {"{", "1:2 expected a member name in double quotes"},
      {"[1,]", "1:4 expected a value"},
      {"{\"a\":1,}", "1:8 expected a member name in double quotes"},
      {"{'a':1}", "1:2 expected a member name in double quotes"},
      {"{\"a\" 1}", "1:6 expected `:` after a member name"},
      {"{\"a\":1 \"b\":2}", "1:8 expected `,` or `}` after a member"},
      {"[1 2]", "1:4 expected `,` or `]` after a list element"},
      {"[1] x", "1:5 unexpected text after the JSON value"},
      {"NaN", "1:1 expected a value"},
      {"// x\n1", "1:1 expected a value"},
      {"[01]", "1:3 expected `,` or `]` after a list element"},
      {"+1", "1:1 expected a value"},
      {"1.", "1:3 number needs a digit after its decimal point"},
      {"1e", "1:3 number needs a digit in its exponent"},
      {"\"abc", "1:5 string is not closed"},
      {"\"\\x\"", "1:2 string has an invalid escape or an unescaped control character"},
      {"\"a\tb\"", "1:3 string has an invalid escape or an unescaped control character"},
      {"\"\\u12G4\"", "1:2 `\\u` needs four hexadecimal digits"},
      {"\"\\ud800\"", "1:2 string has the escape of half a surrogate pair"},
      {"[\"\\udc00\"]", "1:2 string has the escape of half a surrogate pair"},
      {"{\"\\udc00\":1}", "1:2 string has the escape of half a surrogate pair"},
      {"[\"\xFF\"]", "1:3 text is not valid UTF-8"},
      {"\xEF\xBB\xBF[]", "1:1 expected a value"},
      {std::string_view("[1]\0", 4), "1:4 unexpected NUL character"},
      {std::string_view("[\0]", 3), "1:2 expected a value"},
  };
  for (const SyntaxCase& c : cases) {
    EXPECT_THAT(ErrorsOf(c.text), ElementsAre(c.error)) << c.text;
  }
}

TEST(ReadJson, StopsAtItsLimits) {
  EXPECT_THAT(ErrorsOf("[[1]]", {.depth_max = 2}), ElementsAre());
  EXPECT_THAT(ErrorsOf("[[[1]]]", {.depth_max = 2}),
              ElementsAre("1:3 nested deeper than 2 levels"));
  EXPECT_THAT(ErrorsOf("[[{}]]", {.depth_max = 2}), ElementsAre("1:3 nested deeper than 2 levels"));
  EXPECT_THAT(ErrorsOf("[  1]", {.bytes_max = 5}), ElementsAre());
  EXPECT_THAT(ErrorsOf("[   1]", {.bytes_max = 5}),
              ElementsAre("1:1 text of 6 bytes exceeds 5 bytes"));
}

// Depth is a limit, not a stack.
TEST(ReadJson, SurvivesAnyDepth) {
  const std::string text = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THAT(ErrorsOf(text, {.depth_max = 1'000'000}), ElementsAre());
}

TEST(ReadJson, AgreesWithTheWriter) {
  for (const std::string_view text :
       {R"({"a":[1,2.50,"x\ny",true,null,{}],"é":"東"})", R"([])", R"("")", R"([[[["deep"]]]])"}) {
    EXPECT_EQ(Written(text), text);
  }
}

}  // namespace
}  // namespace portcullis::base
