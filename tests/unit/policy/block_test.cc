#include "server/policy/block.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

struct Leaf {
  uint64_t number = 7;
  BlockText text;
};

struct Root {
  uint8_t flag = 1;
  BlockArray<Leaf> leaves;
  BlockPointer<Leaf> other;
  BlockText text;
};

Block<Root> Write(size_t leaf_count) {
  BlockWriter writer;
  const auto root = writer.Append<Root>();
  writer.SetText(root, &Root::text, "root");
  const auto leaves = writer.SetArray(root, &Root::leaves, leaf_count);
  for (size_t i = 0; i < leaf_count; ++i) {
    writer.At(leaves + i).number = i;
    writer.SetText(leaves + i, &Leaf::text, "leaf " + std::to_string(i));
  }
  const auto other = writer.SetPointer(root, &Root::other);
  writer.SetText(other, &Leaf::text, std::string_view("a\0b", 3));
  return Block<Root>(writer);
}

TEST(Block, HoldsWhatWasWritten) {
  for (const size_t count : {0, 1, 3, 1000}) {
    const Block<Root> block = Write(count);
    EXPECT_EQ(block->flag, 1);
    EXPECT_EQ(block->text, "root");
    ASSERT_EQ(block->leaves.size(), count);
    EXPECT_EQ(block->leaves.empty(), count == 0);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(block->leaves[i].number, i);
      EXPECT_EQ(block->leaves[i].text, "leaf " + std::to_string(i));
    }
    ASSERT_NE(block->other.get(), nullptr);
    EXPECT_EQ(block->other->number, 7u);
    EXPECT_EQ(block->other->text, std::string_view("a\0b", 3));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block->other.get()) % alignof(Leaf), 0u);
  }
}

TEST(Block, ZeroValues) {
  BlockWriter writer;
  writer.Append<Root>();
  const Block<Root> block(writer);
  EXPECT_TRUE(block->text.empty());
  EXPECT_EQ(block->text, "");
  EXPECT_TRUE(block->leaves.empty());
  EXPECT_EQ(block->leaves.begin(), block->leaves.end());
  EXPECT_EQ(block->other.get(), nullptr);
}

// Distances count from the members: a block is the same wherever its bytes are.
TEST(Block, MayBeAnywhere) {
  BlockWriter writer;
  const auto root = writer.Append<Root>();
  const auto leaves = writer.SetArray(root, &Root::leaves, 2);
  writer.SetText(leaves + 1, &Leaf::text, "second");
  Block<Root> first(writer);
  Block<Root> second(writer);
  EXPECT_NE(first->leaves.data(), second->leaves.data());
  const Block<Root> moved = std::move(first);
  EXPECT_EQ(moved->leaves[1].text, "second");
  EXPECT_EQ(second->leaves[1].text, "second");

  const auto bytes = std::make_unique<uint64_t[]>(writer.size() / 8 + 1);
  writer.CopyTo(bytes.get());
  EXPECT_EQ(reinterpret_cast<const Root*>(bytes.get())->leaves[1].text, "second");
}

}  // namespace
}  // namespace portcullis::policy
