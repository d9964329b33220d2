#include "server/inventory/page_internal.h"

#include "gtest/gtest.h"

#include "server/inventory/rules.h"
#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

std::string MarkerOf(const World& world, std::string_view operation, Given given) {
  const absl::StatusOr<base::Shape> result = world.Read(operation, given);
  if (!result.ok()) return ErrorText(result.status());
  const base::Shape* const marker = result->Find("Marker");
  return marker == nullptr ? "" : marker->text();
}

TEST(Page, WhatComesAndGoesBetweenPages) {
  World world;
  const std::string after_ana = MarkerOf(world, "ListUsers", {{"MaxItems", "2"}});  // Bob, ana.
  world.file.User(kDev, "ali");   // Before the place: on no page that is still to come.
  world.file.User(kDev, "anna");  // Behind it.
  world.Build();
  EXPECT_EQ(world.Pages("ListUsers", {{"Marker", after_ana}}, "Users", "UserName", 1000),
            "anna zoe");
  // The element in the marker itself is gone.
  World without;
  const std::string after_bob = MarkerOf(without, "ListUsers", {{"MaxItems", "1"}});
  EXPECT_EQ(without.Pages("ListUsers", {{"Marker", after_bob}}, "Users", "UserName", 1000),
            "ana zoe");
}

TEST(Page, PastTheEnd) {
  World world;
  world.file.User(kDev, "zz1");
  world.file.User(kDev, "zz2");
  world.Build();
  const std::string after_zz1 = MarkerOf(world, "ListUsers", {{"MaxItems", "4"}});
  const World before;
  EXPECT_EQ(before.Call("ListUsers", {{"Marker", after_zz1}}),
            R"({"Users":[],"IsTruncated":false})");
}

TEST(Page, MarkersAreOfOneOperation) {
  const World world;
  const std::string marker = MarkerOf(world, "ListUsers", {{"MaxItems", "1"}});
  ASSERT_FALSE(marker.empty());
  const std::string invalid = "InvalidInput: The Marker is not of an earlier answer.";
  EXPECT_EQ(world.Call("ListRoles", {{"Marker", marker}}), invalid);
  EXPECT_EQ(world.Call("ListUserTags", {{"UserName", "ana"}, {"Marker", marker}}), invalid);
  for (const std::string bad : {"x", "ana", "!", "AAAA", "=", "MUxpc3RVc2Vycwo"}) {
    EXPECT_EQ(world.Call("ListUsers", {{"Marker", bad}}), invalid) << bad;
  }
  EXPECT_EQ(world.Call("ListUsers", {{"Marker", marker + "!"}}), invalid);
}

TEST(Page, HundredElementsUnlessToldOtherwise) {
  World world;
  for (int i = 0; i < 100; ++i) world.file.User(kDev, "u" + std::to_string(i));
  world.Build();
  const absl::StatusOr<base::Shape> page = world.Read("ListUsers", {});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->Find("Users")->members().size(), 100U);
  EXPECT_TRUE(page->Find("IsTruncated")->boolean());
}

TEST(Page, MarkersFitIntoTheirBound) {
  World world;
  const std::string name(128, 'n');
  std::string tag;
  for (int i = 0; i < 128; ++i) tag += "\xe8\xaa\x9e";  // Three bytes each.
  store::GroupDefinition& group = world.file.Group(kDev, name);
  group.path = store::At("/" + std::string(510, 'p') + "/", 1);
  for (const std::string_view end : {"a", "b"}) {
    group.inline_policies.push_back(store::Policy(
        name.substr(1) + std::string(end), store::kAllowAll, policy::PolicyType::kInlineIdentity));
  }
  world.file.User(kDev, "tagged").tags = {
      {store::At(tag, 1), store::At("1", 1)},
      {store::At(tag.substr(0, 3 * 127), 1), store::At("2", 1)}};
  world.Build();
  for (const auto& [operation, given] : std::vector<std::pair<std::string_view, Given>>{
           {"ListGroupPolicies", {{"GroupName", name}, {"MaxItems", "1"}}},
           {"ListUserTags", {{"UserName", "tagged"}, {"MaxItems", "1"}}},
       }) {
    const std::string marker = MarkerOf(world, operation, given);
    EXPECT_GT(marker.size(), 0U) << operation;
    EXPECT_LE(marker.size(), kMarkerText.length_max) << operation;
  }
  const std::string values =
      world.Pages("ListUserTags", {{"UserName", "tagged"}}, "Tags", "Value", 1);
  EXPECT_TRUE(values == "1|2" || values == "2|1") << values;
}

TEST(BoundedKey, KeepsShortTextsAndTellsLongOnesApart) {
  const std::string longest(Page::kKeyBytesMax, 'x');
  EXPECT_EQ(BoundedKey(""), "");
  EXPECT_EQ(BoundedKey("short"), "short");
  EXPECT_EQ(BoundedKey(longest), longest);
  EXPECT_EQ(BoundedKey(longest + "a").size(), Page::kKeyBytesMax);
  EXPECT_EQ(BoundedKey(longest + "a"), BoundedKey(longest + "a"));
  EXPECT_NE(BoundedKey(longest + "a"), BoundedKey(longest + "b"));
}

}  // namespace
}  // namespace portcullis::inventory
