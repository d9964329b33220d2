#include "server/source/yaml_reader.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/str_cat.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;

std::string PlaceOf(base::Position position) {
  return base::StrCat(position.line, ":", position.column);
}

// "kind:text@line:column", containers in brackets, keys with their places.
std::string Show(const Node& node) {
  std::string text;
  if (node.key_begin.line != 0) text = base::StrCat(node.key, "@", PlaceOf(node.key_begin), "=");
  if (node.is_scalar()) {
    return base::StrCat(text, base::NodeKindName(node.kind), ":", node.text, "@",
                        PlaceOf(node.begin));
  }
  text += node.is_mapping() ? "{" : "[";
  for (const Node& child : node.children()) text += Show(child) + " ";
  return text + (node.is_mapping() ? "}" : "]");
}

std::string Read(std::string_view text, const YamlReaderOptions& options = {}) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (ReadYaml(text, options, &tree, &errors)) return Show(tree.root());
  std::string result;
  for (const auto& error : errors) {
    result += base::StrCat(PlaceOf(error.position), ": ", error.message, "\n");
  }
  return result;
}

TEST(YamlReaderTest, KindsAndPlaces) {
  EXPECT_EQ(Read("a: x\nb:\n  - 1\n  - true\n"),
            "{a@1:1=string:x@1:4 b@2:1=[number:1@3:5 boolean:true@4:5 ] }");
  EXPECT_EQ(Read("{\"a\": [1, {b: c}]}"), "{a@1:2=[number:1@1:8 {b@1:12=string:c@1:15 } ] }");
}

// Only what JSON and YAML 1.2 agree on is anything but text; nothing loses its spelling.
TEST(YamlReaderTest, PlainScalarsKeepTheirText) {
  const struct {
    const char* yaml;
    const char* node;
  } cases[] = {
      {"true", "boolean:true"},
      {"false", "boolean:false"},
      {"True", "string:True"},
      {"yes", "string:yes"},
      {"on", "string:on"},
      {"12", "number:12"},
      {"-1.50", "number:-1.50"},
      {"1e3", "number:1e3"},
      {"007", "string:007"},
      {"0x1f", "string:0x1f"},
      {"1_000", "string:1_000"},
      {".5", "string:.5"},
      {"1.", "string:1."},
      {"+1", "string:+1"},
      {"2012-10-17", "string:2012-10-17"},
      {"'12'", "string:12"},
      {"\"true\"", "string:true"},
      {"~", "null:"},
      {"null", "null:"},
      {"'null'", "string:null"},
      {"12:30", "string:12:30"},
      {".inf", "string:.inf"},
      {".nan", "string:.nan"},
      {"111111111111", "number:111111111111"},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.yaml), base::StrCat(c.node, "@1:1")) << c.yaml;
}

TEST(YamlReaderTest, ColumnsCountCodePoints) {
  EXPECT_EQ(Read("\xc3\xa9\xc3\xa9: [\xe2\x82\xac, x]"),
            "{\xc3\xa9\xc3\xa9@1:1=[string:\xe2\x82\xac@1:6 string:x@1:9 ] }");
}

TEST(YamlReaderTest, EmptyValuesStandAtTheirKeys) {
  EXPECT_EQ(Read("a:\nb: x\n"), "{a@1:1=null:@1:1 b@2:1=string:x@2:4 }");
}

TEST(YamlReaderTest, BlockScalarsBeginAtTheirIndicator) {
  EXPECT_EQ(Read("a: |\n  x\n  y\n"), "{a@1:1=string:x\ny\n@1:4 }");
}

TEST(YamlReaderTest, RefusesWhatHasMoreThanOneMeaning) {
  const struct {
    const char* yaml;
    const char* error;
  } cases[] = {
      {"a: 1\nb: 2\na: 3\nb: 4\n", "3:1: duplicate key `a`\n4:1: duplicate key `b`\n"},
      {"a: &x 1\n", "1:4: anchors (`&name`) are not supported\n"},
      {"a: &x [1]\nb: *x\n", "1:4: anchors (`&name`) are not supported\n"},
      {"a: !!int 1\n", "1:4: tags such as `tag:yaml.org,2002:int` are not supported\n"},
      {"a: !Ref b\n", "1:4: tags such as `!Ref` are not supported\n"},
      {"? [a]\n: b\n", "1:3: a key must be a single word or text\n"},
      {"~: b\n", "1:1: a key is empty; quote it if it is meant as text\n"},
      {"a: 1\n---\nb: 2\n", "3:1: a file holds one document; `---` begins a second one\n"},
      {"", "1:1: text is empty\n"},
      {"# only a comment\n", "1:1: text is empty\n"},
      {"a: \xff\n", "1:1: text is not UTF-8\n"},
      {"a: [1\n", "2:1: end of sequence flow not found\n"},
      {"a: b: c\n", "1:5: illegal map value\n"},
      {"\tb: c\n", ""},
  };
  for (const auto& c : cases) {
    const std::string result = Read(c.yaml);
    if (*c.error != '\0') {
      EXPECT_EQ(result, c.error) << c.yaml;
    } else {
      EXPECT_NE(result.find(": "), std::string::npos) << c.yaml;
    }
  }
  EXPECT_EQ(Read(std::string_view("a: \0", 4)), "1:1: text is not UTF-8\n");
}

TEST(YamlReaderTest, ManyKeysAreComparedByHash) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += base::StrCat("k", i, ": 1\n");
  EXPECT_EQ(Read(text).find("duplicate"), std::string::npos);
  EXPECT_EQ(Read(text + "k0: 2\n"), "1001:1: duplicate key `k0`\n");
  EXPECT_EQ(Read(text + "k999: 2\n"), "1001:1: duplicate key `k999`\n");
}

// Each limit at it and one past it.
TEST(YamlReaderTest, Limits) {
  YamlReaderOptions options;
  options.depth_max = 3;
  EXPECT_EQ(Read("[[[1]]]", options), "[[[number:1@1:4 ] ] ]");
  EXPECT_EQ(Read("[[[[1]]]]", options), "1:4: nested deeper than 3 levels\n");
  options = {};
  options.bytes_max = 4;
  EXPECT_EQ(Read("a: 1", options), "{a@1:1=number:1@1:4 }");
  EXPECT_EQ(Read("a: 12", options), "1:1: text of 5 bytes exceeds 4 bytes\n");
  options = {};
  options.nodes_max = 3;
  EXPECT_EQ(Read("[1, 2]", options), "[number:1@1:2 number:2@1:5 ]");
  EXPECT_EQ(Read("[1, 2, 3]", options), "1:8: more than 3 values\n");
}

TEST(YamlReaderTest, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_NE(Read(std::string(100000, '[')).find("1:"), std::string::npos);
  EXPECT_NE(Read(std::string(100000, '{')).find("1:"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::source
