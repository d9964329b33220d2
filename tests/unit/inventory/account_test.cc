#include <map>

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kDetails = "GetAccountAuthorizationDetails";
constexpr std::string_view kLists[] = {"UserDetailList", "GroupDetailList", "RoleDetailList",
                                       "Policies"};

// The names in the four lists of a page, with their number in front: "1Bob 1ana 2Ops".
std::string Names(const base::Shape& result) {
  std::string names;
  for (size_t list = 0; list < std::size(kLists); ++list) {
    for (const base::Shape::Member& detail : result.Find(kLists[list])->members()) {
      for (const std::string_view member : {"UserName", "GroupName", "RoleName", "PolicyName"}) {
        const base::Shape* const name = detail.value.Find(member);
        if (name == nullptr) continue;
        if (!names.empty()) names += ' ';
        names += std::to_string(list + 1) + name->text();
      }
    }
  }
  return names;
}

std::string Filtered(const World& world, Given given) {
  const absl::StatusOr<base::Shape> result = world.Read(kDetails, given);
  return result.ok() ? Names(*result) : ErrorText(result.status());
}

TEST(AccountDetails, Everything) {  // R-8.31: of the platform's policies, those that are used.
  const World world;
  EXPECT_EQ(Filtered(world, {}),
            "1Bob 1ana 1zoe 2Ops 2devs 3app 3deploy 4Limit 4Shared 4Unused 4AdministratorAccess");
}

TEST(AccountDetails, Filters) {
  const World world;
  EXPECT_EQ(Filtered(world, {{"Filter", "User"}}), "1Bob 1ana 1zoe");
  EXPECT_EQ(Filtered(world, {{"Filter", "Group"}}), "2Ops 2devs");
  EXPECT_EQ(Filtered(world, {{"Filter", "Role"}}), "3app 3deploy");
  EXPECT_EQ(Filtered(world, {{"Filter", "LocalManagedPolicy"}}), "4Limit 4Shared 4Unused");
  EXPECT_EQ(Filtered(world, {{"Filter", "AWSManagedPolicy"}}), "4AdministratorAccess");
  EXPECT_EQ(Filtered(world, {{"Filter", "Role"}, {"Filter", "Group"}}), "2Ops 2devs 3app 3deploy");
  EXPECT_EQ(Filtered(world, {{"Filter", "User"}, {"Filter", "Users"}}),
            "ValidationError: 1 validation error detected: Value 'Users' at 'filter.2.member' "
            "failed to satisfy constraint: Member must satisfy enum value set: [User, Role, "
            "Group, LocalManagedPolicy, AWSManagedPolicy]");
}

TEST(AccountDetails, APlatformsBoundaryCountsAsUsed) {
  World world;
  world.file.User(kDev, "held").permissions_boundary =
      store::At("arn:aws:iam::aws:policy/AWSDenyAll", 1);
  world.Build();
  EXPECT_EQ(Filtered(world, {{"Filter", "AWSManagedPolicy"}}), "4AWSDenyAll 4AdministratorAccess");
}

TEST(AccountDetails, PagesGoThroughTheFourLists) {
  const World world;
  for (const int64_t max_items : {1, 2, 3, 4, 5, 10, 11, 12, 1000}) {
    Given given = {{"MaxItems", std::to_string(max_items)}};
    std::string names;
    int64_t pages = 0;
    for (;;) {
      const absl::StatusOr<base::Shape> result = world.Read(kDetails, given);
      ASSERT_TRUE(result.ok()) << result.status();
      if (pages++ > 0) names += ' ';
      names += Names(*result);
      const base::Shape* const marker = result->Find("Marker");
      if (marker == nullptr) break;
      given.resize(1);
      given.emplace_back("Marker", marker->text());
    }
    EXPECT_EQ(names, Filtered(world, {})) << max_items;
    EXPECT_EQ(pages, (11 + max_items - 1) / max_items);
  }
}

TEST(AccountDetails, AUser) {
  const World world;
  const absl::StatusOr<base::Shape> result = world.Read(kDetails, {{"Filter", "User"}});
  ASSERT_TRUE(result.ok()) << result.status();
  base::JsonWriter writer;
  base::WriteJson(result->Find("UserDetailList")->members()[1].value, &writer);
  EXPECT_EQ(
      writer.text(),
      R"({"Path":"/","UserName":"ana","UserId":"AIDAANA0000000000000",)"
      R"("Arn":"arn:aws:iam::111111111111:user/ana","CreateDate":"2022-01-01T00:00:00Z",)"
      R"("UserPolicyList":[{"PolicyName":"GetObjects","PolicyDocument":{"Version":"2012-10-17",)"
      R"("Statement":[{"Effect":"Allow","Action":"s3:GetObject",)"
      R"("Resource":"arn:aws:s3:::b/${aws:username}",)"
      R"("Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}}],)"
      R"("GroupList":["Ops","devs"],"AttachedManagedPolicies":[)"
      R"({"PolicyName":"AdministratorAccess",)"
      R"("PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"},)"
      R"({"PolicyName":"Shared","PolicyArn":"arn:aws:iam::111111111111:policy/shared/Shared"}],)"
      R"("PermissionsBoundary":{"PermissionsBoundaryType":"PermissionsBoundaryPolicy",)"
      R"("PermissionsBoundaryArn":"arn:aws:iam::111111111111:policy/Limit"},)"
      R"("Tags":[{"Key":"Team","Value":"red"},{"Key":"Cost","Value":"7"}]})");
}

TEST(AccountDetails, MembersInTheModelsOrder) {
  const World world;
  const absl::StatusOr<base::Shape> result = world.Read(kDetails, {});
  ASSERT_TRUE(result.ok()) << result.status();
  const auto members = [&](std::string_view list, size_t index) {
    std::string names;
    for (const auto& member : result->Find(list)->members()[index].value.members()) {
      names += member.name + " ";
    }
    return names;
  };
  EXPECT_EQ(members("GroupDetailList", 1),
            "Path GroupName GroupId Arn CreateDate GroupPolicyList AttachedManagedPolicies ");
  EXPECT_EQ(members("RoleDetailList", 1),
            "Path RoleName RoleId Arn CreateDate AssumeRolePolicyDocument InstanceProfileList "
            "RolePolicyList AttachedManagedPolicies PermissionsBoundary Tags RoleLastUsed ");
  EXPECT_EQ(members("Policies", 1),
            "PolicyName PolicyId Arn Path DefaultVersionId AttachmentCount "
            "PermissionsBoundaryUsageCount IsAttachable Description CreateDate UpdateDate "
            "PolicyVersionList ");
  const base::Shape& app = result->Find("RoleDetailList")->members()[0].value;
  EXPECT_EQ(app.Find("InstanceProfileList")->members()[0].value.Find("Arn")->text(),
            "arn:aws:iam::111111111111:instance-profile/ec2/web");
}

TEST(AccountSummary, CountsOfThisAccount) {
  const World world;
  const absl::StatusOr<base::Shape> result = world.Read("GetAccountSummary", {});
  ASSERT_TRUE(result.ok()) << result.status();
  std::map<std::string, int64_t> values;
  for (const base::Shape::Member& entry : result->Find("SummaryMap")->members()) {
    EXPECT_TRUE(values.emplace(entry.name, entry.value.integer()).second) << entry.name;
  }
  const std::pair<std::string, int64_t> expected[] = {
      {"Users", 3},
      {"Groups", 2},
      {"Roles", 2},
      {"Policies", 3},
      {"PolicyVersionsInUse", 5},
      {"InstanceProfiles", 2},
      {"Providers", 2},
      {"MFADevices", 3},
      {"MFADevicesInUse", 3},
      {"AccountMFAEnabled", 1},
      {"AccountAccessKeysPresent", 1},
      {"AccountPasswordPresent", 0},
      {"AccessKeysPerUserQuota", 2},  // R-1.6
      {"GroupsPerUserQuota", 10},     // R-1.8
      {"VersionsPerPolicyQuota", 5},  // R-1.42
      {"PolicySizeQuota", 6144},      // Section 1.10.
      {"UserPolicySizeQuota", 2048},
      {"GroupPolicySizeQuota", 5120},
      {"RolePolicySizeQuota", 10240},
      {"AttachedPoliciesPerUserQuota", 20},
  };
  for (const auto& [name, value] : expected) {
    ASSERT_EQ(values.count(name), 1U) << name;
    EXPECT_EQ(values[name], value) << name;
  }
  EXPECT_EQ(values.size(), 34U);  // Every key of the service's model.
}

TEST(AccountAliases, OneOrNone) {
  World world;
  EXPECT_EQ(world.Call("ListAccountAliases"), R"({"AccountAliases":["dev"],"IsTruncated":false})");
  Scope foreign{*world.snapshot, *world.snapshot->FindAccount(kProd)};
  const auto none = FindOperation("ListAccountAliases")->read(foreign, Parameters());
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_TRUE(none->Find("AccountAliases")->members().empty());
}

TEST(AccountOperations, AreAboutEverything) {
  const World world;
  for (const std::string_view operation :
       {"GetAccountAuthorizationDetails", "GetAccountSummary", "ListAccountAliases"}) {
    EXPECT_EQ(world.Resource(operation), "*");
  }
}

}  // namespace
}  // namespace portcullis::inventory
