#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kWeb =
    R"({"Path":"/ec2/","InstanceProfileName":"web","InstanceProfileId":"AIPAWEB0000000000000",)"
    R"("Arn":"arn:aws:iam::111111111111:instance-profile/ec2/web",)"
    R"("CreateDate":"1970-01-01T00:00:00Z","Roles":[{"Path":"/","RoleName":"app",)"
    R"("RoleId":"AROAAPP0000000000000","Arn":"arn:aws:iam::111111111111:role/app",)"
    R"("CreateDate":"1970-01-01T00:00:00Z","AssumeRolePolicyDocument":{"Version":"2012-10-17",)"
    R"("Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},)"
    R"("Action":"sts:AssumeRole"}]},"MaxSessionDuration":3600,"RoleLastUsed":{}}],)"
    R"("Tags":[{"Key":"Fleet","Value":"blue"}]})";

TEST(InstanceProfiles, AreListedByName) {
  const World world;
  constexpr std::string_view kList = "ListInstanceProfiles";
  EXPECT_EQ(world.Pages(kList, {}, "InstanceProfiles", "InstanceProfileName", 1), "spare|web");
  EXPECT_EQ(world.Call(kList, {{"PathPrefix", "/ec2/"}}),
            R"({"InstanceProfiles":[)" + std::string(kWeb) + R"(],"IsTruncated":false})");
}

TEST(InstanceProfiles, OfARole) {
  const World world;
  constexpr std::string_view kList = "ListInstanceProfilesForRole";
  EXPECT_EQ(world.Call(kList, {{"RoleName", "app"}}),
            R"({"InstanceProfiles":[)" + std::string(kWeb) + R"(],"IsTruncated":false})");
  EXPECT_EQ(world.Call(kList, {{"RoleName", "deploy"}}),
            R"({"InstanceProfiles":[],"IsTruncated":false})");
  EXPECT_EQ(world.Call(kList, {{"RoleName", "vault"}}),
            "NoSuchEntity: The role with name vault cannot be found.");
}

TEST(InstanceProfiles, One) {
  const World world;
  constexpr std::string_view kGet = "GetInstanceProfile";
  EXPECT_EQ(world.Call(kGet, {{"InstanceProfileName", "web"}}),
            R"({"InstanceProfile":)" + std::string(kWeb) + "}");
  EXPECT_EQ(world.Call(kGet, {{"InstanceProfileName", "spare"}}),
            R"({"InstanceProfile":{"Path":"/","InstanceProfileName":"spare",)"
            R"("InstanceProfileId":"AIPASPARE00000000000",)"
            R"("Arn":"arn:aws:iam::111111111111:instance-profile/spare",)"
            R"("CreateDate":"1970-01-01T00:00:00Z","Roles":[]}})");
  EXPECT_EQ(world.Call("ListInstanceProfileTags", {{"InstanceProfileName", "web"}}),
            R"({"Tags":[{"Key":"Fleet","Value":"blue"}],"IsTruncated":false})");
  for (const std::string_view operation : {"GetInstanceProfile", "ListInstanceProfileTags"}) {
    EXPECT_EQ(world.Call(operation, {{"InstanceProfileName", "vaults"}}),
              "NoSuchEntity: Instance Profile vaults cannot be found.");
  }
}

TEST(InstanceProfiles, Resources) {
  const World world;
  const std::string arn = "arn:aws:iam::111111111111:instance-profile/";
  EXPECT_EQ(world.Resource("ListInstanceProfiles"), arn);
  EXPECT_EQ(world.Resource("GetInstanceProfile", {{"InstanceProfileName", "web"}}),
            arn + "ec2/web");
  EXPECT_EQ(world.Resource("ListInstanceProfileTags", {{"InstanceProfileName", "no"}}), arn + "no");
  EXPECT_EQ(world.Resource("ListInstanceProfilesForRole", {{"RoleName", "app"}}),
            "arn:aws:iam::111111111111:role/app");
}

}  // namespace
}  // namespace portcullis::inventory
