#include "client/definition_maker.h"

#include "gtest/gtest.h"

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"

namespace portcullis::client {
namespace {

std::string Json(const base::Node& node) {
  base::JsonWriter writer;
  return std::string(writer.Value(node).text());
}

TEST(DefinitionMakerTest, LeavesOutWhatIsEmpty) {
  DefinitionMaker maker;
  DefinitionMaker::Mapping mapping(maker, {});
  mapping.AddText("A", Placed());
  mapping.AddTime("B", std::nullopt);
  mapping.AddTextList("C", {});
  mapping.AddTags({});
  mapping.AddDocument("D", {});
  EXPECT_EQ(Json(*mapping.node()), "{}");
}

TEST(DefinitionMakerTest, SortsListsAndKeepsValues) {
  DefinitionMaker maker;
  DefinitionMaker::Mapping mapping(maker, {});
  mapping.AddTextList("C", {{"b", {}}, {"a", {}}});
  mapping.AddTags({{{"z", {}}, {"1", {}}}, {{"a", {}}, {"", {}}}});
  mapping.AddTime("T", absl::FromUnixSeconds(0));
  mapping.AddInteger("I", 7200);
  mapping.AddBoolean("B", true);
  EXPECT_EQ(Json(*mapping.node()),
            R"({"C":["a","b"],"Tags":[{"Key":"a","Value":""},{"Key":"z","Value":"1"}],)"
            R"("T":"1970-01-01T00:00:00Z","I":7200,"B":true})");
}

TEST(DefinitionMakerTest, CopiesRememberTheirPlaces) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  ASSERT_TRUE(base::ReadJson("{\"a\":[1,\n2]}", {}, &tree, &errors));
  for (const bool from_text : {false, true}) {
    DefinitionMaker maker;
    const base::Node* copy = maker.Copy(tree.root(), {&tree.root(), {4, {9, 9}}, from_text});
    EXPECT_EQ(Json(*copy), R"({"a":[1,2]})");
    const ImportPlace* place = maker.PlaceOf(copy->Find("a")->first_child->next_sibling);
    ASSERT_NE(place, nullptr);
    EXPECT_EQ(place->input, 4U);
    EXPECT_EQ(place->position.line, from_text ? 9U : 2U);
    EXPECT_EQ(maker.PlaceOf(&tree.root()), nullptr);
  }
}

}  // namespace
}  // namespace portcullis::client
