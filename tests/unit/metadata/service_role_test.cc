#include "server/metadata/service_role.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::metadata {
namespace {

using ::testing::HasSubstr;

constexpr char kAccount[] = "111122223333";
constexpr char kRole[] = "arn:aws:iam::111122223333:role/app";

std::string TrustService(const std::string& service, const std::string& condition = "") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")" +
         service + R"("},"Action":"sts:AssumeRole")" + condition + "}]}";
}

class ServiceRoleTest : public ::testing::Test {
 protected:
  ServiceRoleTest() { world_.Account(kAccount); }

  void Trust(const std::string& document) {
    world_.definitions().roles.clear();
    world_.Role(kAccount, "app", document);
    world_.Publish();
  }

  engine::World world_;
  RoleSource source_ = MakeRoleSource(
      world_.sessions,
      {kRole, "ec2.amazonaws.com", "i-0123456789abcdef0", {{"aws:SourceAccount", kAccount}}});
};

TEST_F(ServiceRoleTest, TheTrustPolicyDecides) {
  Trust(TrustService("ec2.amazonaws.com"));
  const auto credentials = source_.assume();
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->expiration, world_.clock.Now() + absl::Hours(1));  // R-5.30
  const auto session =
      world_.sessions.Validate(credentials->session_token, engine::World::TrustedPeer());
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->principal_arn,
            "arn:aws:sts::111122223333:assumed-role/app/i-0123456789abcdef0");  // R-1.14
  Trust(TrustService("lambda.amazonaws.com"));
  EXPECT_EQ(source_.assume().status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(ServiceRoleTest, TheServiceSaysForWhomItActs) {
  const auto condition = [](const std::string& account) {
    return R"(,"Condition":{"StringEquals":{"aws:SourceAccount":")" + account + R"("}})";
  };
  Trust(TrustService("ec2.amazonaws.com", condition(kAccount)));
  EXPECT_TRUE(source_.assume().ok());
  Trust(TrustService("ec2.amazonaws.com", condition("444455556666")));
  EXPECT_FALSE(source_.assume().ok());
}

TEST_F(ServiceRoleTest, NoticesChangesAndRevocations) {
  EXPECT_TRUE(absl::IsUnavailable(source_.assume().status()));  // Nothing is loaded.
  Trust(TrustService("ec2.amazonaws.com"));
  const auto credentials = source_.assume();
  ASSERT_TRUE(credentials.ok());
  const auto revision = source_.revision_if_valid(credentials->session_token);
  ASSERT_TRUE(revision.has_value());
  EXPECT_EQ(source_.revision_if_valid(credentials->session_token), revision);
  Trust(TrustService("lambda.amazonaws.com"));
  EXPECT_NE(source_.revision_if_valid(credentials->session_token), revision);
  world_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(source_.revision_if_valid(credentials->session_token), std::nullopt);
  EXPECT_EQ(source_.revision_if_valid("no token"), std::nullopt);
}

TEST(RoleArnTest, IsTakenApart) {
  EXPECT_EQ(AccountOf(kRole), kAccount);
  EXPECT_EQ(AccountOf("arn:aws:iam"), "");
  EXPECT_EQ(AccountOf(""), "");
  EXPECT_EQ(NameOf("arn:aws:iam::111122223333:role/a/b/app"), "app");
}

}  // namespace
}  // namespace portcullis::metadata
