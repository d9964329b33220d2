#include "server/query/inventory_actions.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;

class InventoryActionsTest : public QueryTest {
 protected:
  InventoryActionsTest() {
    engine::World::SetPolicies(&UserNamed("ana"), {engine::Allow("iam:*", "*")});
    world.Role(kAccount, "r", engine::Trust(kAna), {engine::Allow("s3:Get*", "*")});
    world.Publish();
  }
};

TEST_F(InventoryActionsTest, AnswersReads) {  // Spec 6
  const Reply reply = Iam(Ana(), "ListUsers", {{"MaxItems", "1"}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(reply.body,
              HasSubstr("<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
                        "<ListUsersResult><Users><member><Path>/</Path><UserName>ana</UserName>"));
  EXPECT_EQ(reply.Text("IsTruncated"), "true");
  const std::string marker = reply.Text("Marker");
  const Reply rest = Iam(Ana(), "ListUsers", {{"Marker", marker}});
  EXPECT_EQ(rest.Text("UserName"), "bob");
  EXPECT_EQ(rest.Text("IsTruncated"), "false");
}

TEST_F(InventoryActionsTest, EncodesDocuments) {  // Spec 2.2
  const Reply reply = Iam(Ana(), "GetRole", {{"RoleName", "r"}});
  EXPECT_THAT(reply.Text("AssumeRolePolicyDocument"), HasSubstr("%7B%22Version%22%3A"));
}

TEST_F(InventoryActionsTest, ValidatesParameters) {
  EXPECT_EQ(Iam(Ana(), "GetRole").Outcome(), "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetRole", {{"RoleName", "none"}}).Outcome(), "404 NoSuchEntity");
  EXPECT_EQ(Iam(Ana(), "ListUsers", {{"MaxItems", "1001"}}).Outcome(), "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "ListUsers", {{"MaxItems", "x"}}).Outcome(), "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetAccountAuthorizationDetails", {{"Filter.member.1", "User"}}).Outcome(),
            "200");
  EXPECT_EQ(Iam(Ana(), "GetAccountAuthorizationDetails", {{"Filter.member.1", "Users"}}).Outcome(),
            "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetAccountAuthorizationDetails", {{"Filter.1", "User"}}).Outcome(),
            "400 InvalidQueryParameter");
}

TEST_F(InventoryActionsTest, IsAuthorizedByPolicy) {  // Spec 6.1
  const Reply reply = Iam(Bob(), "ListUsers");
  EXPECT_EQ(reply.Outcome(), "403 AccessDenied");
  EXPECT_THAT(reply.Text("Message"),
              HasSubstr("User: arn:aws:iam::111122223333:user/bob is not authorized to perform: "
                        "iam:ListUsers on resource: "));
  EXPECT_EQ(Iam(Bob(), "ListUsers", {{"MaxItems", "0"}}).Outcome(), "400 ValidationError");
}

TEST_F(InventoryActionsTest, RefusesWrites) {  // Spec 6.1: no client retries it
  const Reply reply = Iam(Ana(), "CreateUser", {{"UserName", "carl"}});
  EXPECT_EQ(reply.Outcome(), "403 AccessDenied");
  EXPECT_THAT(reply.Text("Message"), HasSubstr("file"));
  EXPECT_EQ(Iam(Bob(), "CreateUser", {{"UserName", "carl"}}).Outcome(), "403 AccessDenied");
  EXPECT_EQ(Iam(Ana(), "CreateUser").Outcome(), "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "DeleteUser", {{"UserName", "none"}}).status / 100, 4);
}

TEST(ReadParameters, TakesWhatTheRulesName) {
  static constexpr std::string_view kValues[] = {"A", "B"};
  const inventory::ParameterRule rules[] = {
      {.name = "One", .type = inventory::ParameterRule::Type::kOneOf, .values = kValues},
      {.name = "Many",
       .type = inventory::ParameterRule::Type::kOneOf,
       .list = true,
       .values = kValues}};
  absl::StatusOr<Form> form =
      Form::Parse("", "One=C&Many.member.2=B&Many.member.1=A&Unknown=x&Other.1=y");
  ASSERT_TRUE(form.ok()) << form.status();
  ParameterReader reader{FormView(*form)};
  const inventory::Parameters parameters = ReadParameters(rules, &reader);
  EXPECT_TRUE(reader.status().ok());
  EXPECT_EQ(parameters.Get("One"), "C");
  EXPECT_EQ(parameters.GetList("Many"), (std::vector<std::string>{"A", "B"}));
  EXPECT_FALSE(parameters.Has("Unknown"));
  ParameterReader checking{FormView(*form)};
  ReadValidParameters(rules, &checking);
  EXPECT_THAT(std::string(checking.status().message()), HasSubstr("Value 'C' at 'one' failed"));
}

}  // namespace
}  // namespace portcullis::query
