#include "client/account_export.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "client/offline_tree.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<const store::Snapshot> Example() {
  OfflineTreeOptions options;
  options.directory = "config/policies";
  options.secrets = "config/secrets";
  const auto tree = LoadOfflineTree(options);
  EXPECT_TRUE(tree.ok() && tree->snapshot != nullptr);
  return tree->snapshot;
}

nlohmann::ordered_json Json(const absl::StatusOr<base::Shape>& shape) {
  EXPECT_TRUE(shape.ok()) << shape.status();
  const auto text = LayOutShape(*shape);
  EXPECT_TRUE(text.ok());
  return nlohmann::ordered_json::parse(*text);
}

TEST(AccountExportTest, TheExampleInTheJsonOfAws) {
  const auto snapshot = Example();
  const auto details = Json(ExportDetails(*snapshot, *snapshot->FindAccount("123456789012")));
  std::vector<std::string> lists;
  for (const auto& [name, list] : details.items()) lists.push_back(name);
  EXPECT_THAT(lists,
              ElementsAre("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"));
  const auto& roles = details["RoleDetailList"];
  const auto update = std::find_if(
      roles.begin(), roles.end(), [](const auto& role) { return role["RoleName"] == "UpdateApp"; });
  ASSERT_NE(update, roles.end());
  EXPECT_EQ((*update)["MaxSessionDuration"], 7200);
  EXPECT_EQ((*update)["Description"], "Update the production application.");
  EXPECT_EQ((*update)["AssumeRolePolicyDocument"]["Version"], "2012-10-17");
  const auto mfa = std::find_if(roles.begin(), roles.end(), [](const auto& role) {
    return role["RoleName"] == "UpdateAppWithMFA";
  });
  EXPECT_FALSE(mfa->contains("MaxSessionDuration"));
}

TEST(AccountExportTest, Resources) {
  const auto snapshot = Example();
  const auto resources =
      Json(base::Shape(ExportResources(*snapshot, *snapshot->FindAccount("111111111111"))));
  ASSERT_EQ(resources.size(), 1U);
  EXPECT_EQ(resources[0]["ResourceArn"], "arn:aws:s3:::developmentapp");
  EXPECT_EQ(resources[0]["Policy"]["Statement"][0]["Sid"], "ProductionMayReadTestData");
}

TEST(AccountExportTest, TellsWhatHasNoPlaceInIt) {
  const auto snapshot = Example();
  EXPECT_THAT(NotExported(*snapshot, *snapshot->FindAccount("111111111111")),
              ElementsAre(HasSubstr("access keys ("), "MFA devices (1)",
                          "the organization and its policies (1)"));
}

}  // namespace
}  // namespace portcullis::client
