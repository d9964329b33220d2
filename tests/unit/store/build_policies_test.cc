#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// section 1.6.
TEST(BuildPoliciesTest, ManagedPoliciesHaveArnsWithTheirPaths) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.ManagedPolicy(kDev, "Plain", 2);
  file.ManagedPolicy(kDev, "Nested", 3).path = At("/team/a/", 4);
  file.ManagedPolicy("aws", "PowerUserAccess", 5);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  for (const char* arn :
       {"arn:aws:iam::111111111111:policy/Plain", "arn:aws:iam::111111111111:policy/team/a/Nested",
        "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/AWSDenyAll"}) {
    const ManagedPolicy* managed = result.snapshot->FindManagedPolicy(arn);
    ASSERT_NE(managed, nullptr) << arn;
    EXPECT_EQ(*managed->policy.id, arn);
    ASSERT_NE(managed->set, nullptr);
    EXPECT_EQ(managed->set->policies().size(), 1u);
    EXPECT_EQ(managed->id.substr(0, 4), "ANPA");
  }
}

TEST(BuildPoliciesTest, RefusesBadNamesAndNamesakes) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.ManagedPolicy(kDev, "bad name", 2);
  file.ManagedPolicy(kDev, "A", 3).path = At("/bad path/", 4);
  file.ManagedPolicy(kDev, "Reader", 5);
  file.ManagedPolicy(kDev, "READER", 6).path = At("/other/", 7);
  file.ManagedPolicy("aws", "AdministratorAccess", 8);
  file.ManagedPolicy(kProd, "Lost", 9);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:2:2: error: managed policy name `bad name` must be 1 to 128 letters, digits and "
          "`_+=,.@-`",
          "a.yaml:4:1: error: path `/bad path/` must be `/`, or begin and end with `/` and hold "
          "letters, digits and `/_+=,.@-` only",
          "a.yaml:6:2: error: managed policy `READER` exists already in `111111111111`; names are "
          "unique without regard to case and path",
          "a.yaml:8:2: error: managed policy `AdministratorAccess` exists already in `aws`; names "
          "are unique without regard to case and path",
          "a.yaml:9:1: error: account `123456789012` is not declared under `Accounts` of any "
          "file"));
}

TEST(BuildPoliciesTest, QuotaPerAccountIsOffUnlessAskedFor) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.ManagedPolicy(kDev, "A", 2);
  file.ManagedPolicy(kDev, "B", 3);
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  Quotas quotas;
  quotas.managed_policies_per_account = 1;
  EXPECT_THAT(BuildFrom(file, quotas).diagnostics,
              ElementsAre("a.yaml:3:2: error: cannot exceed quota for PoliciesPerAccount: 1"));
}

}  // namespace
}  // namespace portcullis::store
