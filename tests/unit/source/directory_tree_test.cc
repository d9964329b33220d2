#include "server/source/directory_tree.h"

#include <sys/stat.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const TreeListing& listing) {
  std::vector<std::string> names;
  for (const auto& file : listing.files) names.push_back(file.name);
  return names;
}

DirectoryTreeOptions Options(const TemporaryDirectory& directory) {
  DirectoryTreeOptions options;
  options.root = directory.path();
  options.extensions = {".yaml"};
  return options;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

TEST(DirectoryTreeTest, ListsWhatCountsSortedByName) {
  TemporaryDirectory directory;
  directory.Write("b.yaml", "");
  directory.Write("a.yaml", "");
  directory.Write("sub/deep/c.yaml", "");
  directory.Write("README.md", "");
  directory.Write(".hidden.yaml", "");
  directory.Write(".git/d.yaml", "");
  directory.Link("link.yaml", "a.yaml");
  DirectoryTree tree(FileSystem::System(), Options(directory));
  const auto listing = tree.List();
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_THAT(Names(*listing), ElementsAre("a.yaml", "b.yaml", "link.yaml", "sub/deep/c.yaml"));
  EXPECT_THAT(listing->directories,
              ElementsAre(directory.path(), directory.Path("sub"), directory.Path("sub/deep")));
}

// What would be left out is an error: leaving it out would leave policies out.
TEST(DirectoryTreeTest, RefusesWhatItCannotRead) {
  TemporaryDirectory elsewhere;
  {
    TemporaryDirectory directory;
    directory.Link("sub", elsewhere.path());
    EXPECT_THAT(MessageOf(DirectoryTree(FileSystem::System(), Options(directory)).List().status()),
                HasSubstr("is a symbolic link to a directory; such links are not followed"));
  }
  {
    TemporaryDirectory directory;
    ASSERT_EQ(mkfifo(directory.Path("a.yaml").c_str(), 0600), 0);
    EXPECT_THAT(MessageOf(DirectoryTree(FileSystem::System(), Options(directory)).List().status()),
                HasSubstr("a.yaml is not a regular file"));
  }
  {
    TemporaryDirectory directory;
    DirectoryTreeOptions options = Options(directory);
    options.root = directory.Path("missing");
    EXPECT_TRUE(absl::IsNotFound(DirectoryTree(FileSystem::System(), options).List().status()));
  }
  {
    TemporaryDirectory directory;
    directory.Link("a.yaml", "nowhere");
    EXPECT_TRUE(absl::IsUnavailable(
        DirectoryTree(FileSystem::System(), Options(directory)).List().status()));
  }
}

// Each at its limit and past it.
TEST(DirectoryTreeTest, Limits) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", "12345");
  directory.Write("s/b.yaml", "123");
  DirectoryTreeOptions options = Options(directory);
  options.file_bytes_max = 5;
  options.total_bytes_max = 8;
  options.files_max = 2;
  options.depth_max = 1;
  const auto read = [](const DirectoryTreeOptions& tried) -> absl::Status {
    DirectoryTree tree(FileSystem::System(), tried);
    const auto listing = tree.List();
    if (!listing.ok()) return listing.status();
    return tree.Read(*listing).status();
  };
  EXPECT_TRUE(read(options).ok()) << read(options);
  DirectoryTreeOptions smaller = options;
  smaller.file_bytes_max = 4;
  EXPECT_EQ(MessageOf(read(smaller)),
            "a.yaml has 5 bytes, more than the limit of 4 per file; divide it");
  smaller = options;
  smaller.total_bytes_max = 7;
  EXPECT_THAT(MessageOf(read(smaller)), HasSubstr("holds 8 bytes, more than the limit of 7"));
  smaller = options;
  smaller.files_max = 1;
  EXPECT_THAT(MessageOf(read(smaller)), HasSubstr("holds more than 1 files"));
  smaller = options;
  smaller.depth_max = 0;
  EXPECT_THAT(MessageOf(read(smaller)), HasSubstr("is deeper than 0 directories"));
}

// A sparse file of 100 MB is refused by its size; nothing of it is read.
TEST(DirectoryTreeTest, AHugeFileIsRefusedUnread) {
  TemporaryDirectory directory;
  directory.Write("big.yaml", "");
  std::filesystem::resize_file(directory.Path("big.yaml"), 100'000'000);
  DirectoryTree tree(FileSystem::System(), Options(directory));
  const auto listing = tree.List();
  ASSERT_TRUE(listing.ok());
  EXPECT_EQ(MessageOf(tree.Read(*listing).status()),
            "big.yaml has 100000000 bytes, more than the limit of 33554432 per file; divide it");
}

TEST(DirectoryTreeTest, UnchangedContentsKeepTheirMemory) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", "one");
  directory.Write("b.yaml", "two");
  DirectoryTree tree(FileSystem::System(), Options(directory));
  const auto before = tree.Read(*tree.List());
  ASSERT_TRUE(before.ok());
  directory.Write("a.yaml", "ONE");
  const auto after = tree.Read(*tree.List());
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(*(*after)[0].content, "ONE");
  EXPECT_NE((*after)[0].digest, (*before)[0].digest);
  EXPECT_EQ((*after)[1].content, (*before)[1].content);
}

// Without keep_contents, who wants to know an unchanged content again has to ask.
TEST(DirectoryTreeTest, ContentsNeedNotBeKept) {
  TemporaryDirectory directory;
  directory.Write("a.yaml", "one");
  directory.Write("b.yaml", "two");
  FaultyFileSystem files(0, false);
  files.ReportTimesBefore(absl::Minutes(1));
  DirectoryTreeOptions options = Options(directory);
  options.keep_contents = false;
  DirectoryTree tree(files, options);
  std::shared_ptr<const std::string> held;
  {
    const auto first = tree.Read(*tree.List());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(*(*first)[0].content, "one");
    held = (*first)[1].content;
  }
  const auto second = tree.Read(*tree.List());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ((*second)[0].content, nullptr);
  EXPECT_EQ((*second)[1].content, held);

  const auto again = tree.ReadAgain((*second)[0]);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(**again, "one");
  EXPECT_EQ((*tree.Read(*tree.List()))[0].content, *again) << "one object while somebody holds it";

  directory.Write("a.yaml", "ONE");
  EXPECT_TRUE(absl::IsUnavailable(tree.ReadAgain((*second)[0]).status()));
  directory.Remove("a.yaml");
  EXPECT_TRUE(absl::IsUnavailable(tree.ReadAgain((*second)[0]).status()));
}

// The files are below what `..data` names, under the names that users see.
TEST(DirectoryTreeTest, FollowsTheDataLinkOfAConfigMap) {
  TemporaryDirectory directory;
  directory.Write("..2024_01/a.yaml", "old");
  directory.Link("..data", "..2024_01");
  directory.Link("a.yaml", "..data/a.yaml");
  DirectoryTree tree(FileSystem::System(), Options(directory));
  const auto listing = tree.List();
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(listing->data_link, "..2024_01");
  EXPECT_THAT(Names(*listing), ElementsAre("a.yaml"));
  EXPECT_EQ(*(*tree.Read(*listing))[0].content, "old");

  directory.Link("..data", "/etc");
  EXPECT_THAT(MessageOf(tree.List().status()), HasSubstr("not to a directory beside it"));
}

}  // namespace
}  // namespace portcullis::source
