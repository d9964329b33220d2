#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kAna =
    R"({"Path":"/","UserName":"ana","UserId":"AIDAANA0000000000000",)"
    R"("Arn":"arn:aws:iam::111111111111:user/ana","CreateDate":"2022-01-01T00:00:00Z",)"
    R"("PasswordLastUsed":"2024-06-01T00:00:00Z",)"
    R"("PermissionsBoundary":{"PermissionsBoundaryType":"PermissionsBoundaryPolicy",)"
    R"("PermissionsBoundaryArn":"arn:aws:iam::111111111111:policy/Limit"},)"
    R"("Tags":[{"Key":"Team","Value":"red"},{"Key":"Cost","Value":"7"}]})";
// Nothing was written down but its name, path and id.
constexpr std::string_view kBob =
    R"({"Path":"/eng/","UserName":"Bob","UserId":"AIDABOB0000000000000",)"
    R"("Arn":"arn:aws:iam::111111111111:user/eng/Bob","CreateDate":"1970-01-01T00:00:00Z"})";

TEST(Users, AreListedByName) {
  const World world;
  EXPECT_EQ(
      world.Call("ListUsers", {{"MaxItems", "2"}}).substr(0, 400),
      (std::string(R"({"Users":[)") + std::string(kBob) + "," + std::string(kAna)).substr(0, 400));
  EXPECT_EQ(world.Call("ListUsers", {{"PathPrefix", "/eng/"}}),
            std::string(R"({"Users":[)") + std::string(kBob) + R"(],"IsTruncated":false})");
  EXPECT_EQ(world.Call("ListUsers", {{"PathPrefix", "/en"}}),
            std::string(R"({"Users":[)") + std::string(kBob) + R"(],"IsTruncated":false})");
  EXPECT_EQ(world.Call("ListUsers", {{"PathPrefix", "/none/"}}),
            R"({"Users":[],"IsTruncated":false})");
  EXPECT_EQ(world.Pages("ListUsers", {}, "Users", "UserName", 1), "Bob|ana|zoe");
  EXPECT_EQ(world.Pages("ListUsers", {}, "Users", "UserName", 2), "Bob ana|zoe");
  EXPECT_EQ(world.Pages("ListUsers", {}, "Users", "UserName", 3), "Bob ana zoe");
}

TEST(Users, AreFoundByTheirExactName) {  // R-1.33
  const World world;
  ExpectCalls(
      world,
      {
          {"GetUser", {{"UserName", "ana"}}, std::string(R"({"User":)") + std::string(kAna) + "}"},
      });
}

TEST(Users, WithoutANameTheCallerIsMeant) {
  World world;
  EXPECT_EQ(world.Call("GetUser"), std::string(R"({"User":)") + std::string(kAna) + "}");
  world.CallAsRoot();
  EXPECT_EQ(world.Call("GetUser"),
            R"({"User":{"Path":"/","UserName":"<root_account>","UserId":"111111111111",)"
            R"("Arn":"arn:aws:iam::111111111111:root","CreateDate":"2020-01-01T00:00:00Z"}})");
  world.CallAsRole();
  const std::string refusal =
      "ValidationError: Must specify userName when calling with non-User credentials";
  EXPECT_EQ(world.Call("GetUser"), refusal);
  EXPECT_EQ(world.Resource("GetUser"), refusal);
}

TEST(Users, Tags) {
  const World world;
  EXPECT_EQ(world.Call("ListUserTags", {{"UserName", "ana"}}),
            R"({"Tags":[{"Key":"Cost","Value":"7"},{"Key":"Team","Value":"red"}],)"
            R"("IsTruncated":false})");
  EXPECT_EQ(world.Pages("ListUserTags", {{"UserName", "ana"}}, "Tags", "Key", 1), "Cost|Team");
  EXPECT_EQ(world.Call("ListUserTags", {{"UserName", "Bob"}}),
            R"({"Tags":[],"IsTruncated":false})");
}

TEST(Users, GroupsByName) {
  const World world;
  EXPECT_EQ(world.Pages("ListGroupsForUser", {{"UserName", "ana"}}, "Groups", "GroupName", 1),
            "Ops|devs");
  EXPECT_EQ(world.Call("ListGroupsForUser", {{"UserName", "Bob"}}),
            R"({"Groups":[{"Path":"/eng/","GroupName":"devs","GroupId":"AGPADEVS000000000000",)"
            R"("Arn":"arn:aws:iam::111111111111:group/eng/devs",)"
            R"("CreateDate":"2021-01-01T00:00:00Z"}],"IsTruncated":false})");
  EXPECT_EQ(world.Call("ListGroupsForUser", {{"UserName", "zoe"}}),
            R"({"Groups":[],"IsTruncated":false})");
}

TEST(Users, ThoseThatAreNotThere) {
  const World world;
  for (const std::string_view operation : {"GetUser", "ListUserTags", "ListGroupsForUser"}) {
    for (const std::string name : {"nobody", "ANA", "eve", "app"}) {  // R-1.33; of another account.
      EXPECT_EQ(world.Call(operation, {{"UserName", name}}),
                "NoSuchEntity: The user with name " + name + " cannot be found.")
          << operation;
    }
  }
}

TEST(Users, Resources) {
  World world;
  ExpectResources(
      world, {
                 {"ListUsers", {}, "arn:aws:iam::111111111111:user/"},
                 {"ListUsers", {{"PathPrefix", "/eng/"}}, "arn:aws:iam::111111111111:user/eng/"},
                 {"GetUser", {}, "arn:aws:iam::111111111111:user/ana"},
                 {"GetUser", {{"UserName", "Bob"}}, "arn:aws:iam::111111111111:user/eng/Bob"},
                 {"GetUser", {{"UserName", "bob"}}, "arn:aws:iam::111111111111:user/bob"},
                 {"ListUserTags", {{"UserName", "Bob"}}, "arn:aws:iam::111111111111:user/eng/Bob"},
                 {"ListGroupsForUser", {{"UserName", "no"}}, "arn:aws:iam::111111111111:user/no"},
             });
  world.CallAsRoot();
  EXPECT_EQ(world.Resource("GetUser"), "arn:aws:iam::111111111111:root");
}

}  // namespace
}  // namespace portcullis::inventory
