#include "gtest/gtest.h"

#include "server/base/timestamp.h"
#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]})";

std::string Deploy(std::string_view last_used) {
  return std::string(R"({"Path":"/ci/","RoleName":"deploy","RoleId":"AROADEPLOY0000000000",)"
                     R"("Arn":"arn:aws:iam::111111111111:role/ci/deploy",)"
                     R"("CreateDate":"2022-02-01T00:00:00Z","AssumeRolePolicyDocument":)") +
         std::string(kTrust) +
         R"(,"Description":"Rolls out","MaxSessionDuration":7200,)"
         R"("PermissionsBoundary":{"PermissionsBoundaryType":"PermissionsBoundaryPolicy",)"
         R"("PermissionsBoundaryArn":"arn:aws:iam::111111111111:policy/Limit"},)"
         R"("Tags":[{"Key":"Stage","Value":"prod"}],"RoleLastUsed":)" +
         std::string(last_used) + "}";
}

TEST(Roles, AreListedByName) {
  const World world;
  EXPECT_EQ(world.Pages("ListRoles", {}, "Roles", "RoleName", 1), "app|deploy");
  EXPECT_EQ(world.Call("ListRoles", {{"PathPrefix", "/ci/"}}),
            R"({"Roles":[)" + Deploy("{}") + R"(],"IsTruncated":false})");
}

TEST(Roles, One) {
  const World world;
  EXPECT_EQ(world.Call("GetRole", {{"RoleName", "deploy"}}), R"({"Role":)" + Deploy("{}") + "}");
  EXPECT_EQ(world.Call("GetRole", {{"RoleName", "app"}}),
            R"({"Role":{"Path":"/","RoleName":"app","RoleId":"AROAAPP0000000000000",)"
            R"("Arn":"arn:aws:iam::111111111111:role/app","CreateDate":"1970-01-01T00:00:00Z",)"
            R"("AssumeRolePolicyDocument":)" +
                std::string(kTrust) + R"(,"MaxSessionDuration":3600,"RoleLastUsed":{}}})");
}

TEST(Roles, LastUse) {
  World world;
  state::Use use;
  use.account = kDev;
  use.kind = state::EntityKind::kRole;
  use.unique_id = "AROADEPLOY0000000000";
  use.arn = "arn:aws:iam::111111111111:role/ci/deploy";
  use.time = absl::Now() - absl::Hours(48);
  use.service = "s3";
  use.action = "GetObject";
  use.region = "eu-west-1";
  world.activity->Record(use);
  use.service = "sqs";
  use.time += absl::Hours(24);
  use.region = "eu-north-1";
  world.activity->Record(use);
  const std::string last_used =
      R"({"LastUsedDate":")" + base::FormatTimestamp(use.time) + R"(","Region":"eu-north-1"})";
  EXPECT_EQ(world.Call("GetRole", {{"RoleName", "deploy"}}),
            R"({"Role":)" + Deploy(last_used) + "}");
}

TEST(Roles, Tags) {
  const World world;
  EXPECT_EQ(world.Call("ListRoleTags", {{"RoleName", "deploy"}}),
            R"({"Tags":[{"Key":"Stage","Value":"prod"}],"IsTruncated":false})");
}

TEST(Roles, ThoseThatAreNotThere) {
  const World world;
  for (const std::string_view operation : {"GetRole", "ListRoleTags"}) {
    for (const std::string name : {"none", "Deploy", "vault"}) {
      EXPECT_EQ(world.Call(operation, {{"RoleName", name}}),
                "NoSuchEntity: The role with name " + name + " cannot be found.");
    }
  }
}

TEST(Roles, Resources) {
  const World world;
  const std::string deploy = "deploy";
  ExpectResources(
      world,
      {
          {"ListRoles", {}, "arn:aws:iam::111111111111:role/"},
          {"GetRole", {{"RoleName", deploy}}, "arn:aws:iam::111111111111:role/ci/deploy"},
          {"GetRole", {{"RoleName", "none"}}, "arn:aws:iam::111111111111:role/none"},
          {"ListRoleTags", {{"RoleName", deploy}}, "arn:aws:iam::111111111111:role/ci/deploy"},
      });
}

}  // namespace
}  // namespace portcullis::inventory
