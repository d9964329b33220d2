#include "client/offline_tree.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

TEST(OfflineTreeTest, LoadsAsAServerDoes) {
  OfflineTreeOptions options;
  options.directory = "config/policies";
  options.secrets = "config/secrets";
  const auto tree = LoadOfflineTree(options);
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_NE(tree->snapshot, nullptr);
  EXPECT_NE(tree->snapshot->FindAccount("123456789012"), nullptr);
  EXPECT_GT(tree->file_count, 3U);
}

TEST(OfflineTreeTest, MistakesAreDiagnostics) {
  OfflineTreeOptions options;
  options.directory = "tests/golden/cli/bad_policies";
  const auto tree = LoadOfflineTree(options);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->snapshot, nullptr);
  ASSERT_FALSE(tree->diagnostics.empty());
  EXPECT_EQ(PathInTree(options.directory, tree->diagnostics[0].file),
            "tests/golden/cli/bad_policies/users.yaml");
  EXPECT_EQ(PathInTree("a/", "b"), "a/b");
}

TEST(OfflineTreeTest, WhatCannotBeReadIsAnError) {
  EXPECT_FALSE(LoadOfflineTree({}).ok());
  OfflineTreeOptions options;
  options.directory = "tests/golden/no-such-directory";
  EXPECT_FALSE(LoadOfflineTree(options).ok());
}

}  // namespace
}  // namespace portcullis::client
