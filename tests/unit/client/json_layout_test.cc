#include "client/json_layout.h"

#include "gtest/gtest.h"

#include "server/base/json_reader.h"

namespace portcullis::client {
namespace {

// As json.dumps(indent=4, ensure_ascii=False) of Python, which the AWS command line uses.
TEST(JsonLayoutTest, LaysOutAsTheAwsCommandLineDoes) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  ASSERT_TRUE(base::ReadJson(
      R"({"a":[{"b":1.50,"c":"x\"\n\u0141"},true,null],"d":{},"e":[],"\t":"\u0001"})", {}, &tree,
      &errors));
  EXPECT_EQ(LayOutJson(tree.root()),
            "{\n"
            "    \"a\": [\n"
            "        {\n"
            "            \"b\": 1.50,\n"
            "            \"c\": \"x\\\"\\n\u0141\"\n"
            "        },\n"
            "        true,\n"
            "        null\n"
            "    ],\n"
            "    \"d\": {},\n"
            "    \"e\": [],\n"
            "    \"\\t\": \"\\u0001\"\n"
            "}\n");
}

}  // namespace
}  // namespace portcullis::client
