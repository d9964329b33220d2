#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kSharedArn = "arn:aws:iam::111111111111:policy/shared/Shared";
constexpr std::string_view kLimitArn = "arn:aws:iam::111111111111:policy/Limit";
constexpr std::string_view kAdministratorArn = "arn:aws:iam::aws:policy/AdministratorAccess";

constexpr std::string_view kShared =
    R"({"PolicyName":"Shared","PolicyId":"ANPASHARED00000000000",)"
    R"("Arn":"arn:aws:iam::111111111111:policy/shared/Shared","Path":"/shared/",)"
    R"("DefaultVersionId":"v10","AttachmentCount":3,"PermissionsBoundaryUsageCount":0,)"
    R"("IsAttachable":true,"Description":"For all","CreateDate":"2023-01-01T00:00:00Z",)"
    R"("UpdateDate":"2023-03-01T00:00:00Z",)"
    R"("Tags":[{"Key":"team","Value":"red"},{"Key":"Team","Value":"blue"}]})";

Given Policy(std::string_view arn, Given more = {}) {
  more.insert(more.begin(), {"PolicyArn", std::string(arn)});
  return more;
}

std::string Names(const World& world, Given given) {
  given.emplace_back("Scope", "Local");
  return world.Pages("ListPolicies", given, "Policies", "PolicyName", 1000);
}

TEST(ManagedPolicies, One) {
  const World world;
  EXPECT_EQ(world.Call("GetPolicy", Policy(kSharedArn)),
            R"({"Policy":)" + std::string(kShared) + "}");
  EXPECT_EQ(world.Call("GetPolicy", Policy(kLimitArn)),
            R"({"Policy":{"PolicyName":"Limit","PolicyId":"ANPALIMIT000000000000",)"
            R"("Arn":"arn:aws:iam::111111111111:policy/Limit","Path":"/",)"
            R"("DefaultVersionId":"v1","AttachmentCount":0,"PermissionsBoundaryUsageCount":2,)"
            R"("IsAttachable":true,"CreateDate":"1970-01-01T00:00:00Z",)"
            R"("UpdateDate":"1970-01-01T00:00:00Z"}})");
}

TEST(ManagedPolicies, OfThePlatformCountThisAccountsUses) {
  World world;
  world.file.User(kProd, "other").managed_policy_arns = {store::At(kAdministratorArn, 1)};
  world.Build();
  const absl::StatusOr<base::Shape> result = world.Read("GetPolicy", Policy(kAdministratorArn));
  ASSERT_TRUE(result.ok()) << result.status();
  const base::Shape& policy = *result->Find("Policy");
  EXPECT_EQ(policy.Find("AttachmentCount")->integer(), 1);
  EXPECT_EQ(policy.Find("Arn")->text(), kAdministratorArn);
  EXPECT_EQ(policy.Find("Path")->text(), "/");
}

TEST(ManagedPolicies, Versions) {
  const World world;
  const std::string v10 =
      R"({"VersionId":"v10","IsDefaultVersion":true,"CreateDate":"2023-03-01T00:00:00Z"})";
  EXPECT_EQ(world.Call("ListPolicyVersions", Policy(kSharedArn, {{"MaxItems", "3"}})),
            R"({"Versions":[{"VersionId":"v11","IsDefaultVersion":false,)"
            R"("CreateDate":"1970-01-01T00:00:00Z"},)" +
                v10 +
                R"(,{"VersionId":"v9","IsDefaultVersion":false,)"
                R"("CreateDate":"2023-02-01T00:00:00Z"}],"IsTruncated":false})");
  EXPECT_EQ(world.Pages("ListPolicyVersions", Policy(kSharedArn), "Versions", "VersionId", 1),
            "v11|v10|v9");
  EXPECT_EQ(world.Call("GetPolicyVersion", Policy(kSharedArn, {{"VersionId", "v9"}})),
            R"({"PolicyVersion":{"Document":)" + std::string(store::kDenyAll) +
                R"(,"VersionId":"v9","IsDefaultVersion":false,)"
                R"("CreateDate":"2023-02-01T00:00:00Z"}})");
  EXPECT_EQ(world.Call("GetPolicyVersion", Policy(kLimitArn, {{"VersionId", "v1"}})),
            R"({"PolicyVersion":{"Document":)" + std::string(store::kAllowAll) +
                R"(,"VersionId":"v1","IsDefaultVersion":true,)"
                R"("CreateDate":"1970-01-01T00:00:00Z"}})");
  EXPECT_EQ(world.Call("GetPolicyVersion", Policy(kSharedArn, {{"VersionId", "v1"}})),
            "NoSuchEntity: Policy " + std::string(kSharedArn) + " version v1 does not exist.");
}

TEST(ManagedPolicies, TagsCountCase) {  // R-1.38
  const World world;
  EXPECT_EQ(world.Pages("ListPolicyTags", Policy(kSharedArn), "Tags", "Value", 1), "blue|red");
}

TEST(ManagedPolicies, Lists) {
  const World world;
  EXPECT_EQ(Names(world, {}), "Limit Shared Unused");
  EXPECT_EQ(Names(world, {{"OnlyAttached", "true"}}), "Shared");
  EXPECT_EQ(Names(world, {{"OnlyAttached", "false"}}), "Limit Shared Unused");
  EXPECT_EQ(Names(world, {{"PathPrefix", "/shared/"}}), "Shared");
  EXPECT_EQ(Names(world, {{"PolicyUsageFilter", "PermissionsBoundary"}}), "Limit");
  EXPECT_EQ(Names(world, {{"PolicyUsageFilter", "PermissionsPolicy"}}), "Shared");
  EXPECT_EQ(Names(world, {{"PolicyUsageFilter", "PermissionsBoundary"}, {"OnlyAttached", "true"}}),
            "Limit");
  EXPECT_EQ(world.Call("ListPolicies", {{"Scope", "Local"}, {"PathPrefix", "/shared/"}}),
            R"({"Policies":[)" + std::string(kShared) + R"(],"IsTruncated":false})");
}

TEST(ManagedPolicies, ListsOfThePlatform) {
  const World world;
  EXPECT_EQ(world.Pages("ListPolicies", {{"Scope", "AWS"}, {"OnlyAttached", "true"}}, "Policies",
                        "PolicyName", 1000),
            "AdministratorAccess");
  const size_t platform = world.snapshot->PlatformManagedPolicies().size();
  const std::string all = world.Pages("ListPolicies", {}, "Policies", "PolicyName", 1);
  EXPECT_EQ(all.substr(0, 20), "Limit|Shared|Unused|");
  EXPECT_EQ(static_cast<size_t>(std::count(all.begin(), all.end(), '|')), platform + 3 - 1);
}

TEST(ManagedPolicies, Entities) {
  const World world;
  EXPECT_EQ(world.Call("ListEntitiesForPolicy", Policy(kSharedArn)),
            R"({"PolicyGroups":[{"GroupName":"devs","GroupId":"AGPADEVS000000000000"}],)"
            R"("PolicyUsers":[{"UserName":"ana","UserId":"AIDAANA0000000000000"}],)"
            R"("PolicyRoles":[{"RoleName":"deploy","RoleId":"AROADEPLOY0000000000"}],)"
            R"("IsTruncated":false})");
  const std::string limit =
      R"({"PolicyGroups":[],"PolicyUsers":[{"UserName":"ana","UserId":"AIDAANA0000000000000"}],)"
      R"("PolicyRoles":[{"RoleName":"deploy","RoleId":"AROADEPLOY0000000000"}],)"
      R"("IsTruncated":false})";
  const std::string none =
      R"({"PolicyGroups":[],"PolicyUsers":[],"PolicyRoles":[],"IsTruncated":false})";
  const std::string user =
      R"({"PolicyGroups":[],"PolicyUsers":[{"UserName":"ana","UserId":"AIDAANA0000000000000"}],)"
      R"("PolicyRoles":[],"IsTruncated":false})";
  constexpr std::string_view kList = "ListEntitiesForPolicy";
  ExpectCalls(world,
              {
                  {kList, Policy(kLimitArn), limit},
                  {kList, Policy(kLimitArn, {{"PolicyUsageFilter", "PermissionsBoundary"}}), limit},
                  {kList, Policy(kLimitArn, {{"PolicyUsageFilter", "PermissionsPolicy"}}), none},
                  {kList, Policy(kSharedArn, {{"PolicyUsageFilter", "PermissionsBoundary"}}), none},
                  {kList, Policy(kSharedArn, {{"EntityFilter", "User"}}), user},
                  {kList, Policy(kSharedArn, {{"EntityFilter", "LocalManagedPolicy"}}), none},
                  {kList, Policy(kSharedArn, {{"PathPrefix", "/nowhere/"}}), none},
              });
}

TEST(ManagedPolicies, EntitiesOverPages) {
  const World world;
  Given given = Policy(kSharedArn, {{"MaxItems", "1"}});
  std::string names;
  for (int page = 0; page < 3; ++page) {
    const absl::StatusOr<base::Shape> result = world.Read("ListEntitiesForPolicy", given);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const std::string_view list : {"PolicyGroups", "PolicyUsers", "PolicyRoles"}) {
      for (const base::Shape::Member& entity : result->Find(list)->members()) {
        names += entity.value.members().front().value.text() + "|";
      }
    }
    if (page == 2) {
      EXPECT_EQ(result->Find("Marker"), nullptr);
      break;
    }
    given.resize(2);
    given.emplace_back("Marker", result->Find("Marker")->text());
  }
  EXPECT_EQ(names, "devs|ana|deploy|");
}

TEST(ManagedPolicies, ThoseThatAreNotThere) {
  const World world;
  for (const std::string_view operation :
       {"GetPolicy", "ListPolicyVersions", "ListPolicyTags", "ListEntitiesForPolicy"}) {
    for (const std::string arn :
         {"arn:aws:iam::111111111111:policy/None", "arn:aws:iam::111111111111:policy/Shared",
          "arn:aws:iam::123456789012:policy/Foreign", "arn:aws:iam::aws:policy/None"}) {
      EXPECT_EQ(world.Call(operation, Policy(arn)),
                "NoSuchEntity: Policy " + arn + " was not found.");
    }
    for (const std::string arn : {"not-an-arn-but-long-enough", "arn:aws:s3:::a-bucket-with-a-name",
                                  "arn:aws:iam:eu-west-1:111111111111:policy/x"}) {
      const std::string refusal = "InvalidInput: ARN " + arn + " is not valid.";
      EXPECT_EQ(world.Call(operation, Policy(arn)), refusal);
      EXPECT_EQ(world.Resource(operation, Policy(arn)), refusal);
    }
  }
}

TEST(ManagedPolicies, Resources) {
  const World world;
  EXPECT_EQ(world.Resource("ListPolicies"), "*");
  for (const std::string_view operation : {"GetPolicy", "GetPolicyVersion", "ListPolicyVersions",
                                           "ListPolicyTags", "ListEntitiesForPolicy"}) {
    for (const std::string_view arn : {kSharedArn, kAdministratorArn}) {
      EXPECT_EQ(world.Resource(operation, Policy(arn)), arn);
    }
  }
}

}  // namespace
}  // namespace portcullis::inventory
