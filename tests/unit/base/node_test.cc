#include "server/base/node.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

Node* AddChild(NodeTree* tree, Node* parent, Node* last, std::string_view key) {
  Node* const child = tree->NewNode();
  child->kind = NodeKind::kString;
  child->key = tree->Store(key);
  NodeTree::Append(parent, last, child);
  return child;
}

std::vector<std::string_view> KeysOf(const Node& node) {
  std::vector<std::string_view> keys;
  for (const Node& child : node.children()) keys.push_back(child.key);
  return keys;
}

TEST(Node, FindsMembersByExactName) {
  NodeTree tree;
  Node* const root = tree.NewNode();
  root->kind = NodeKind::kMapping;
  Node* const first = AddChild(&tree, root, nullptr, "Effect");
  const Node* const second = AddChild(&tree, root, first, "Action");
  EXPECT_EQ(root->Find("Effect"), first);
  EXPECT_EQ(root->Find("Action"), second);
  EXPECT_EQ(root->Find("action"), nullptr);
  EXPECT_EQ(root->child_count, 2u);
}

TEST(Node, OnlyMappingsHaveMembers) {
  NodeTree tree;
  Node* const root = tree.NewNode();
  root->kind = NodeKind::kSequence;
  AddChild(&tree, root, nullptr, "Effect");
  EXPECT_EQ(root->Find("Effect"), nullptr);
}

TEST(NodeKindName, NamesEveryKind) {
  EXPECT_EQ(NodeKindName(NodeKind::kNull), "null");
  EXPECT_EQ(NodeKindName(NodeKind::kBoolean), "boolean");
  EXPECT_EQ(NodeKindName(NodeKind::kNumber), "number");
  EXPECT_EQ(NodeKindName(NodeKind::kString), "string");
  EXPECT_EQ(NodeKindName(NodeKind::kSequence), "list");
  EXPECT_EQ(NodeKindName(NodeKind::kMapping), "mapping");
}

// Over several blocks of nodes and texts.
TEST(NodeTree, KeepsWhatItGaveAway) {
  NodeTree tree;
  Node* const root = tree.NewNode();
  root->kind = NodeKind::kMapping;
  tree.set_root(root);
  Node* last = nullptr;
  std::vector<std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(std::string(static_cast<size_t>(i), 'x') + std::to_string(i));
    last = AddChild(&tree, root, last, expected.back());
  }
  EXPECT_THAT(KeysOf(tree.root()), testing::ElementsAreArray(expected));
}

TEST(NodeTree, MovingLeavesNodesInPlace) {
  NodeTree tree;
  Node* const root = tree.NewNode();
  root->kind = NodeKind::kMapping;
  tree.set_root(root);
  AddChild(&tree, root, nullptr, "key");

  NodeTree moved = std::move(tree);
  EXPECT_EQ(&moved.root(), root);
  EXPECT_THAT(KeysOf(moved.root()), testing::ElementsAre("key"));

  NodeTree assigned;
  assigned.Store("something else");
  assigned = std::move(moved);
  EXPECT_EQ(&assigned.root(), root);
  EXPECT_THAT(KeysOf(assigned.root()), testing::ElementsAre("key"));
}

TEST(NodeTree, IsUsableAfterItWasMovedFrom) {
  NodeTree tree;
  tree.set_root(tree.NewNode());
  tree.Store("text");
  const NodeTree moved = std::move(tree);
  EXPECT_TRUE(moved.has_root());
  tree = NodeTree();
  EXPECT_FALSE(tree.has_root());
  EXPECT_EQ(tree.Store("other"), "other");
  EXPECT_NE(tree.NewNode(), nullptr);
}

TEST(NodeTree, StoresNothingForEmptyTexts) {
  NodeTree tree;
  EXPECT_EQ(tree.Store(""), "");
}

}  // namespace
}  // namespace portcullis::base
