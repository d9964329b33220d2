#include "server/store/snapshot_builder.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;

TEST(SnapshotBuilderTest, AllDiagnosticsOfAllFilesInOrderOfFileAndPlace) {
  TestFile second("b.yaml");
  second.User(kDev, "x y", 3);
  second.Account("12", 1);
  TestFile first("a.yaml");
  first.Account(kDev);
  first.Group(kDev, "", 9);
  EXPECT_THAT(BuildFrom({&second, &first}).diagnostics,
              ElementsAre("a.yaml:9:2: error: group name `` must be 1 to 128 letters, digits and "
                          "`_+=,.@-`",
                          "b.yaml:1:1: error: account id `12` is not 12 digits",
                          "b.yaml:3:2: error: user name `x y` must be 1 to 64 letters, digits and "
                          "`_+=,.@-`"));
}

// The order of Add() must not matter: replicas read the same files in any order.
TEST(SnapshotBuilderTest, OrderOfFilesIsThatOfTheirNames) {
  TestFile a("a.yaml");
  a.Account(kDev);
  a.User(kDev, "ana");
  TestFile b("b.yaml");
  b.User(kDev, "bo");
  for (const auto& order : {std::vector<const TestFile*>{&a, &b}, {&b, &a}}) {
    const BuildResult result = BuildFrom(order);
    ASSERT_NE(result.snapshot, nullptr);
    ASSERT_EQ(result.snapshot->users().size(), 2u);
    EXPECT_EQ(result.snapshot->users()[0]->name, "ana");
    EXPECT_EQ(result.snapshot->users()[1]->name, "bo");
  }
}

TEST(SnapshotBuilderTest, NoSnapshotIffThereIsAnError) {
  TestFile file("a.yaml");
  file.Account(kDev);
  EXPECT_NE(BuildFrom(file).snapshot, nullptr);
  file.User(kProd, "ana");
  EXPECT_EQ(BuildFrom(file).snapshot, nullptr);
}

//
TEST(SnapshotBuilderTest, PartitionIsPartOfEveryArn) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, "ana");
  SnapshotBuilder builder{Quotas()};
  builder.SetPartition("aws-cn");
  builder.SetKeyRing(TestKeyRing());
  builder.SetDigest("d");
  builder.Add(file.Share());
  std::vector<SourceDiagnostic> diagnostics;
  const auto snapshot = builder.Build(&diagnostics);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_NE(snapshot->FindUser("arn:aws-cn:iam::111111111111:user/ana"), nullptr);
  EXPECT_NE(snapshot->FindManagedPolicy("arn:aws-cn:iam::aws:policy/AdministratorAccess"), nullptr);
}

}  // namespace
}  // namespace portcullis::store
