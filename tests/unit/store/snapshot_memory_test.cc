#include "server/store/snapshot_memory.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

TEST(SnapshotMemory, WhatIsTakenTogetherLiesTogether) {
  SnapshotMemory memory;
  auto* const first = static_cast<char*>(memory.Allocate(64, 64));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0u);
  const std::string_view text = memory.Keep("arn:aws:iam::111111111111:user/ana");
  EXPECT_EQ(text, "arn:aws:iam::111111111111:user/ana");
  EXPECT_EQ(text.data(), first + 64);
  EXPECT_EQ(memory.Keep(""), "");
}

// More than one large page, so that memory comes from every source.
TEST(SnapshotMemory, EveryPieceIsItsOwn) {
  SnapshotMemory memory;
  constexpr size_t kBytes = 1000;
  std::vector<unsigned char*> pieces;
  for (size_t i = 0; i < 20'000; ++i) {
    pieces.push_back(static_cast<unsigned char*>(memory.Allocate(kBytes, 8)));
    std::memset(pieces.back(), static_cast<int>(i % 251), kBytes);
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    ASSERT_EQ(pieces[i][0], i % 251);
    ASSERT_EQ(pieces[i][kBytes - 1], i % 251);
  }
}

TEST(SnapshotMemory, UsersHaveTheirNamesInTheirArns) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, "ana").path = At("/division/team/");
  file.User(kDev, "ben");
  const BuildResult result = BuildFrom(file);
  ASSERT_NE(result.snapshot, nullptr);
  const User* ana =
      result.snapshot->FindUser("arn:aws:iam::" + std::string(kDev) + ":user/division/team/ana");
  ASSERT_NE(ana, nullptr);
  EXPECT_EQ(ana->path, "/division/team/");
  EXPECT_EQ(ana->name, "ana");
  const User* ben = result.snapshot->FindUser("arn:aws:iam::" + std::string(kDev) + ":user/ben");
  ASSERT_NE(ben, nullptr);
  EXPECT_EQ(ben->path, "/");
  EXPECT_EQ(ben->name, "ben");
  EXPECT_EQ(result.snapshot->FindUser("ben"), nullptr);
}

}  // namespace
}  // namespace portcullis::store
