#include "server/inventory/shapes.h"

#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

TEST(Shapes, ADateThatNobodyWroteDown) {
  EXPECT_EQ(DateOf(std::nullopt), absl::UnixEpoch());
  EXPECT_EQ(DateOf(Day("2024-01-02")), Day("2024-01-02"));
}

TEST(Shapes, VersionsNewestFirst) {
  const World world;
  const store::ManagedPolicy* const shared =
      world.snapshot->FindManagedPolicy("arn:aws:iam::111111111111:policy/shared/Shared");
  ASSERT_NE(shared, nullptr);
  std::string ids;
  for (const PolicyVersionView& version : VersionsOf(*shared)) {
    ids += std::string(version.id) + (version.is_default ? "* " : " ");
    EXPECT_TRUE(version.document.starts_with("{")) << version.id;
  }
  EXPECT_EQ(ids, "v11 v10* v9 ");
}

TEST(Shapes, NobodyTracksLastUses) {  // As offline: the member is left out.
  const World world;
  Scope scope = world.scope();
  scope.activity = nullptr;
  const absl::StatusOr<base::Shape> role =
      RoleShape(scope, *world.snapshot->FindRoleByName(kDev, "app"));
  ASSERT_TRUE(role.ok()) << role.status();
  EXPECT_EQ(role->Find("RoleLastUsed"), nullptr);
}

TEST(Shapes, EveryPlatformPolicyHasADocument) {
  const World world;
  for (const store::ManagedPolicy* policy : world.snapshot->PlatformManagedPolicies()) {
    EXPECT_TRUE(VersionsOf(*policy).front().document.starts_with("{")) << policy->arn;
  }
}

}  // namespace
}  // namespace portcullis::inventory
