#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kDevs =
    R"({"Path":"/eng/","GroupName":"devs","GroupId":"AGPADEVS000000000000",)"
    R"("Arn":"arn:aws:iam::111111111111:group/eng/devs","CreateDate":"2021-01-01T00:00:00Z"})";

TEST(Groups, AreListedByName) {
  const World world;
  EXPECT_EQ(world.Pages("ListGroups", {}, "Groups", "GroupName", 1), "Ops|devs");
  EXPECT_EQ(world.Pages("ListGroups", {}, "Groups", "GroupName", 2), "Ops devs");
  EXPECT_EQ(world.Call("ListGroups", {{"PathPrefix", "/eng/"}}),
            std::string(R"({"Groups":[)") + std::string(kDevs) + R"(],"IsTruncated":false})");
}

TEST(Groups, WithAPageOfTheirMembers) {
  const World world;
  EXPECT_EQ(world.Pages("GetGroup", {{"GroupName", "devs"}}, "Users", "UserName", 1), "Bob|ana");
  EXPECT_EQ(world.Pages("GetGroup", {{"GroupName", "devs"}}, "Users", "UserName", 2), "Bob ana");
  const absl::StatusOr<base::Shape> devs = world.Read("GetGroup", {{"GroupName", "devs"}});
  ASSERT_TRUE(devs.ok()) << devs.status();
  std::string members;
  for (const base::Shape::Member& member : devs->members()) members += member.name + " ";
  EXPECT_EQ(members, "Group Users IsTruncated ");
}

TEST(Groups, ThoseThatAreNotThere) {
  const World world;
  for (const std::string name : {"none", "DEVS", "strangers"}) {
    EXPECT_EQ(world.Call("GetGroup", {{"GroupName", name}}),
              "NoSuchEntity: The group with name " + name + " cannot be found.");
  }
}

TEST(Groups, Resources) {
  const World world;
  ExpectResources(
      world, {
                 {"ListGroups", {}, "arn:aws:iam::111111111111:group/"},
                 {"ListGroups", {{"PathPrefix", "/eng/"}}, "arn:aws:iam::111111111111:group/eng/"},
                 {"GetGroup", {{"GroupName", "devs"}}, "arn:aws:iam::111111111111:group/eng/devs"},
                 {"GetGroup", {{"GroupName", "none"}}, "arn:aws:iam::111111111111:group/none"},
             });
}

}  // namespace
}  // namespace portcullis::inventory
