#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kListStatement =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket",)"
    R"("Resource":"*","Condition":{"StringLike":{"s3:prefix":"home/*"}}}]})";
constexpr std::string_view kShared =
    R"({"PolicyName":"Shared","PolicyArn":"arn:aws:iam::111111111111:policy/shared/Shared"})";
constexpr std::string_view kAdministrator =
    R"({"PolicyName":"AdministratorAccess",)"
    R"("PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"})";

TEST(EntityPolicies, InlineNames) {
  const World world;
  ExpectCalls(
      world,
      {
          {"ListUserPolicies",
           {{"UserName", "ana"}},
           R"({"PolicyNames":["GetObjects"],"IsTruncated":false})"},
          {"ListUserPolicies", {{"UserName", "zoe"}}, R"({"PolicyNames":[],"IsTruncated":false})"},
          {"ListGroupPolicies",
           {{"GroupName", "devs"}},
           R"({"PolicyNames":["ListBuckets"],"IsTruncated":false})"},
          {"ListRolePolicies",
           {{"RoleName", "deploy"}},
           R"({"PolicyNames":["A","B"],"IsTruncated":false})"},
      });
  EXPECT_EQ(world.Pages("ListRolePolicies", {{"RoleName", "deploy"}}, "PolicyNames", "", 1), "A|B");
}

TEST(EntityPolicies, InlineDocuments) {
  const World world;
  const std::string statement(kListStatement);
  const std::string group =
      R"({"GroupName":"devs","PolicyName":"ListBuckets","PolicyDocument":)" + statement + "}";
  const std::string role =
      R"({"RoleName":"deploy","PolicyName":"B","PolicyDocument":)" + statement + "}";
  ExpectCalls(world,
              {
                  {"GetGroupPolicy", {{"GroupName", "devs"}, {"PolicyName", "ListBuckets"}}, group},
                  {"GetRolePolicy", {{"RoleName", "deploy"}, {"PolicyName", "B"}}, role},
                  {"GetUserPolicy",
                   {{"UserName", "ana"}, {"PolicyName", "Shared"}},  // Attached, not inline.
                   "NoSuchEntity: The user policy with name Shared cannot be found."},
                  {"GetUserPolicy",
                   {{"UserName", "ana"}, {"PolicyName", "getobjects"}},
                   "NoSuchEntity: The user policy with name getobjects cannot be found."},
                  {"GetGroupPolicy",
                   {{"GroupName", "Ops"}, {"PolicyName", "x"}},
                   "NoSuchEntity: The group policy with name x cannot be found."},
                  {"GetRolePolicy",
                   {{"RoleName", "app"}, {"PolicyName", "x"}},
                   "NoSuchEntity: The role policy with name x cannot be found."},
                  {"GetUserPolicy",
                   {{"UserName", "eve"}, {"PolicyName", "x"}},
                   "NoSuchEntity: The user with name eve cannot be found."},
              });
}

TEST(EntityPolicies, Attached) {
  const World world;
  const std::string shared =
      R"({"AttachedPolicies":[)" + std::string(kShared) + R"(],"IsTruncated":false})";
  const std::string both = R"({"AttachedPolicies":[)" + std::string(kAdministrator) + "," +
                           std::string(kShared) + R"(],"IsTruncated":false})";
  ExpectCalls(
      world,
      {
          {"ListAttachedUserPolicies", {{"UserName", "ana"}}, both},
          {"ListAttachedUserPolicies", {{"UserName", "ana"}, {"PathPrefix", "/shared/"}}, shared},
          {"ListAttachedUserPolicies",
           {{"UserName", "ana"}, {"PathPrefix", "/eng/"}},
           R"({"AttachedPolicies":[],"IsTruncated":false})"},
          {"ListAttachedGroupPolicies", {{"GroupName", "devs"}}, shared},
          {"ListAttachedRolePolicies", {{"RoleName", "deploy"}}, shared},
      });
  EXPECT_EQ(world.Pages("ListAttachedUserPolicies", {{"UserName", "ana"}}, "AttachedPolicies",
                        "PolicyName", 1),
            "AdministratorAccess|Shared");
}

// One of the account and one of the platform, whose order a marker must keep apart.
TEST(EntityPolicies, TwoOfOneName) {
  World world;
  world.file.ManagedPolicy(kDev, "AdministratorAccess");
  world.file.User(kDev, "twice").managed_policy_arns = {
      store::At("arn:aws:iam::aws:policy/AdministratorAccess", 1),
      store::At("arn:aws:iam::111111111111:policy/AdministratorAccess", 1)};
  world.Build();
  EXPECT_EQ(world.Pages("ListAttachedUserPolicies", {{"UserName", "twice"}}, "AttachedPolicies",
                        "PolicyArn", 1),
            "arn:aws:iam::111111111111:policy/AdministratorAccess|"
            "arn:aws:iam::aws:policy/AdministratorAccess");
}

TEST(EntityPolicies, OfNobody) {
  const World world;
  const std::string user = "NoSuchEntity: The user with name no cannot be found.";
  const std::string group = "NoSuchEntity: The group with name no cannot be found.";
  const std::string role = "NoSuchEntity: The role with name no cannot be found.";
  ExpectCalls(world, {
                         {"ListUserPolicies", {{"UserName", "no"}}, user},
                         {"ListAttachedUserPolicies", {{"UserName", "no"}}, user},
                         {"ListGroupPolicies", {{"GroupName", "no"}}, group},
                         {"ListAttachedGroupPolicies", {{"GroupName", "no"}}, group},
                         {"ListRolePolicies", {{"RoleName", "no"}}, role},
                         {"ListAttachedRolePolicies", {{"RoleName", "no"}}, role},
                     });
}

TEST(EntityPolicies, Resources) {
  const World world;
  for (const std::string_view operation :
       {"ListUserPolicies", "GetUserPolicy", "ListAttachedUserPolicies"}) {
    EXPECT_EQ(world.Resource(operation, {{"UserName", "Bob"}}),
              "arn:aws:iam::111111111111:user/eng/Bob");
  }
  for (const std::string_view operation :
       {"ListGroupPolicies", "GetGroupPolicy", "ListAttachedGroupPolicies"}) {
    EXPECT_EQ(world.Resource(operation, {{"GroupName", "devs"}}),
              "arn:aws:iam::111111111111:group/eng/devs");
  }
  for (const std::string_view operation :
       {"ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"}) {
    EXPECT_EQ(world.Resource(operation, {{"RoleName", "deploy"}}),
              "arn:aws:iam::111111111111:role/ci/deploy");
  }
}

}  // namespace
}  // namespace portcullis::inventory
