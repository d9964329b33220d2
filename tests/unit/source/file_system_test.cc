#include "server/source/file_system.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

FileSystem& Files() {
  return FileSystem::System();
}

TEST(FileSystemTest, ReadsListsAndStats) {
  TemporaryDirectory directory;
  directory.Write("b", "12345");
  directory.Write("a/x", "");
  directory.Link("link", "b");
  EXPECT_THAT(*Files().List(directory.path()), ::testing::ElementsAre("a", "b", "link"));
  EXPECT_EQ(*Files().Read(directory.Path("b"), 100), "12345");
  EXPECT_EQ(*Files().Read(directory.Path("link"), 100), "12345");
  EXPECT_EQ(*Files().Read(directory.Path("a/x"), 100), "");
  EXPECT_EQ(*Files().ReadLink(directory.Path("link")), "b");
  const auto info = Files().Stat(directory.Path("link"), FileSystem::Links::kFollow);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->kind, FileKind::kRegular);
  EXPECT_EQ(info->size_bytes, 5u);
  EXPECT_EQ(Files().Stat(directory.Path("link"), FileSystem::Links::kReport)->kind,
            FileKind::kSymbolicLink);
  EXPECT_EQ(Files().Stat(directory.Path("a"), FileSystem::Links::kReport)->kind,
            FileKind::kDirectory);
}

TEST(FileSystemTest, ReadsAtMostTheLimit) {
  TemporaryDirectory directory;
  directory.Write("a", "12345");
  EXPECT_EQ(*Files().Read(directory.Path("a"), 5), "12345");
  EXPECT_TRUE(absl::IsResourceExhausted(Files().Read(directory.Path("a"), 4).status()));
}

TEST(FileSystemTest, ErrorsNameThePath) {
  TemporaryDirectory directory;
  const std::string missing = directory.Path("missing");
  for (const absl::Status& status :
       {Files().Read(missing, 1).status(), Files().List(missing).status(),
        Files().ReadLink(missing).status(),
        Files().Stat(missing, FileSystem::Links::kFollow).status()}) {
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(missing));
  }
}

TEST(FileSystemTest, APipeIsNotRead) {
  TemporaryDirectory directory;
  ASSERT_EQ(mkfifo(directory.Path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(Files().Read(directory.Path("pipe"), 100).ok());
}

}  // namespace
}  // namespace portcullis::source
