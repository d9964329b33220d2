#include "client/staged_directory.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(StagedDirectoryTest, AppearsWhole) {
  const ScratchDirectory scratch;
  for (const std::string& target : {scratch.Path("new"), scratch.Path("slash/")}) {
    auto staged = StagedDirectory::Create(target);
    ASSERT_TRUE(staged.ok()) << staged.status();
    EXPECT_TRUE((*staged)->Write("a.yaml", "first").ok());
    EXPECT_TRUE((*staged)->Write("sub/b.xml", "b").ok());
    EXPECT_TRUE((*staged)->Write("a.yaml", "a").ok());
    EXPECT_FALSE(fs::exists(target));
    EXPECT_TRUE((*staged)->Commit().ok());
    EXPECT_EQ(TreeContents(target),
              (std::map<std::string, std::string>{{"a.yaml", "a"}, {"sub/b.xml", "b"}}));
  }
  EXPECT_EQ(scratch.Names().size(), 8U);
}

TEST(StagedDirectoryTest, NothingIsLeftOtherwise) {
  const ScratchDirectory scratch;
  {
    auto staged = StagedDirectory::Create(scratch.Path("new"));
    ASSERT_TRUE(staged.ok());
    EXPECT_TRUE((*staged)->Write("sub/a.yaml", "a").ok());
  }
  EXPECT_THAT(scratch.Names(), IsEmpty());
}

TEST(StagedDirectoryTest, ReplacesOnlyWhatIsEmpty) {
  const ScratchDirectory scratch;
  fs::create_directory(scratch.Path("empty"));
  auto staged = StagedDirectory::Create(scratch.Path("empty"));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_TRUE((*staged)->Write("a", "").ok());
  EXPECT_TRUE((*staged)->Commit().ok());
  EXPECT_EQ(StagedDirectory::Create(scratch.Path("empty")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(StagedDirectory::Create(scratch.Path("empty/a")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(StagedDirectory::Create(scratch.Path("none/new")).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(StagedDirectory::Create("").ok());
}

TEST(StagedDirectoryTest, WhatAppearedMeanwhileIsKept) {
  const ScratchDirectory scratch;
  auto staged = StagedDirectory::Create(scratch.Path("new"));
  ASSERT_TRUE(staged.ok());
  EXPECT_TRUE((*staged)->Write("a", "").ok());
  fs::create_directory(scratch.Path("new"));
  std::ofstream(scratch.Path("new/mine")) << "mine";
  EXPECT_FALSE((*staged)->Commit().ok());
  staged->reset();
  EXPECT_THAT(scratch.Names(), ElementsAre("new", "new/mine"));
}

}  // namespace
}  // namespace portcullis::client
