#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/store/names.h"
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
    EXPECT_EQ(managed->policy.id, arn);
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

//
TEST(BuildPoliciesTest, IdsAreUnique) {
  TestFile empty("a.yaml");
  empty.Account(kDev);
  const std::string built_in =
      BuildFrom(empty).snapshot->FindManagedPolicy("arn:aws:iam::aws:policy/AWSDenyAll")->id;
  TestFile file("a.yaml");
  file.Account(kDev);
  file.ManagedPolicy(kDev, "A", 2).id = At("ANPAJQABLZS4A3QDU576Q", 3);
  file.ManagedPolicy(kDev, "B", 4).id = At("ANPAJQABLZS4A3QDU576Q", 5);
  file.ManagedPolicy("aws", "C", 6).id = At("ANPAJQABLZS4A3QDU576Q", 7);
  file.ManagedPolicy(kDev, "D", 8).id = At(built_in, 9);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:5:1: error: id `ANPAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:policy/A` at a.yaml:2:2",
                          "a.yaml:7:1: error: id `ANPAJQABLZS4A3QDU576Q` belongs already to "
                          "`arn:aws:iam::111111111111:policy/A` at a.yaml:2:2",
                          base::StrCat("a.yaml:9:1: error: id `", built_in,
                                       "` belongs already to `arn:aws:iam::aws:policy/AWSDenyAll` "
                                       "at the built-in definitions")));
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

// What reads show and evaluation does not use.
TEST(BuildPoliciesTest, TagsDatesAndTheDocumentArrive) {
  TestFile file("a.yaml");
  file.Account(kDev);
  ManagedPolicyDefinition& definition = file.ManagedPolicy(kDev, "P", 2);
  definition.tags = {{At("Team"), At("a")}, {At("team"), At("b")}};  // case counts.
  definition.create_date = absl::FromUnixSeconds(1000);
  definition.update_date = absl::FromUnixSeconds(2000);
  const auto policy = definition.document.policy;
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const ManagedPolicy* managed =
      result.snapshot->FindManagedPolicy("arn:aws:iam::111111111111:policy/P");
  ASSERT_NE(managed, nullptr);
  EXPECT_EQ(managed->account, result.snapshot->FindAccount(kDev));
  EXPECT_EQ(managed->tags.size(), 2u);
  EXPECT_EQ(managed->create_date, absl::FromUnixSeconds(1000));
  EXPECT_EQ(managed->update_date, absl::FromUnixSeconds(2000));
  EXPECT_EQ(managed->policy.policy, policy);  // The same object: there is one copy of its text.
  EXPECT_EQ(managed->default_version_id, "v1");
  EXPECT_THAT(managed->other_versions, IsEmpty());
}

// made again on another day, it is another policy. Without a date it stays itself.
TEST(BuildPoliciesTest, TheIdFollowsFromTheDateIfThereIsOne) {
  const auto id_with = [](std::optional<absl::Time> create_date) {
    TestFile file("a.yaml");
    file.Account(kDev);
    file.ManagedPolicy(kDev, "P", 2).create_date = create_date;
    return BuildFrom(file).snapshot->FindManagedPolicy("arn:aws:iam::111111111111:policy/P")->id;
  };
  EXPECT_EQ(id_with(std::nullopt), DeriveUniqueId({"ANPA", "aws", kDev, "P", std::nullopt}));
  EXPECT_NE(id_with(std::nullopt), id_with(absl::FromUnixSeconds(1)));
  EXPECT_NE(id_with(absl::FromUnixSeconds(1)), id_with(absl::FromUnixSeconds(2)));
}

PolicyVersionDefinition Version(std::string_view id, uint32_t line, std::string_view document) {
  return {At(id, line), std::make_shared<const std::string>(document), std::nullopt};
}

TEST(BuildPoliciesTest, OtherVersionsAreKeptNewestFirst) {
  TestFile file("a.yaml");
  file.Account(kDev);
  ManagedPolicyDefinition& definition = file.ManagedPolicy(kDev, "P", 2);
  definition.default_version_id = At("v3", 3);
  definition.other_versions = {Version("v2", 4, kDenyAll), Version("v11", 5, kAllowAll),
                               Version("v9", 6, kAllowAll)};
  definition.other_versions[0].create_date = absl::FromUnixSeconds(5);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const ManagedPolicy* managed =
      result.snapshot->FindManagedPolicy("arn:aws:iam::111111111111:policy/P");
  ASSERT_NE(managed, nullptr);
  EXPECT_EQ(managed->default_version_id, "v3");
  ASSERT_EQ(managed->other_versions.size(), 3u);
  EXPECT_EQ(managed->other_versions[0].id, "v11");
  EXPECT_EQ(managed->other_versions[1].id, "v9");
  EXPECT_EQ(managed->other_versions[2].id, "v2");
  EXPECT_EQ(managed->other_versions[2].create_date, absl::FromUnixSeconds(5));
  EXPECT_EQ(*managed->other_versions[2].document, kDenyAll);
  // Only the version in force is evaluated.
  ASSERT_EQ(managed->set->policies().size(), 1u);
  EXPECT_EQ(managed->set->policies()[0].policy().document(), kAllowAll);
}

TEST(BuildPoliciesTest, RefusesVersionsThatCannotBe) {
  TestFile file("a.yaml");
  file.Account(kDev);
  ManagedPolicyDefinition& numbers = file.ManagedPolicy(kDev, "A", 2);
  numbers.default_version_id = At("2", 3);
  for (const char* id : {"v0", "v01", "v", "V4"}) {
    numbers.other_versions.push_back(
        Version(id, 4 + static_cast<uint32_t>(numbers.other_versions.size()), kAllowAll));
  }
  ManagedPolicyDefinition& twice = file.ManagedPolicy(kDev, "B", 10);
  twice.other_versions = {Version("v1", 11, kAllowAll), Version("v2", 12, kAllowAll),
                          Version("v2", 13, kAllowAll)};
  ManagedPolicyDefinition& many = file.ManagedPolicy(kDev, "C", 20);
  for (const char* id : {"v2", "v3", "v4", "v5", "v6"}) {
    many.other_versions.push_back(
        Version(id, 21 + static_cast<uint32_t>(many.other_versions.size()), kAllowAll));
  }
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:3:1: error: version id `2` must be `v` and a number from 1 on, such as "
                  "`v2`",
                  "a.yaml:4:1: error: version id `v0` must be `v` and a number from 1 on, such as "
                  "`v2`",
                  "a.yaml:5:1: error: version id `v01` must be `v` and a number from 1 on, such "
                  "as `v2`",
                  "a.yaml:6:1: error: version id `v` must be `v` and a number from 1 on, such as "
                  "`v2`",
                  "a.yaml:7:1: error: version id `V4` must be `v` and a number from 1 on, such as "
                  "`v2`",
                  "a.yaml:11:1: error: version `v1` of policy `B` is given twice; that in force "
                  "is `v1`",
                  "a.yaml:13:1: error: version `v2` of policy `B` is given twice; that in force "
                  "is `v1`",
                  "a.yaml:25:1: error: a managed policy has at most 4 versions besides that in "
                  "force"));
}

TEST(BuildPoliciesTest, PlatformPoliciesAreComplete) {
  TestFile file("a.yaml");
  const BuildResult result = BuildFrom(file);
  ASSERT_NE(result.snapshot, nullptr);
  ASSERT_THAT(result.snapshot->PlatformManagedPolicies(), ::testing::SizeIs(2));
  for (const ManagedPolicy* managed : result.snapshot->PlatformManagedPolicies()) {
    EXPECT_TRUE(managed->policy.policy->document().starts_with("{\"Version\":\"2012-10-17\","))
        << managed->name;
    EXPECT_TRUE(managed->create_date.has_value()) << managed->name;
    EXPECT_EQ(managed->create_date, managed->update_date) << managed->name;
  }
}

}  // namespace
}  // namespace portcullis::store
