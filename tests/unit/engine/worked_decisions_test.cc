// The worked decisions of section 4.10: developers, testers and the role UpdateApp.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/session/totp.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using policy::Effect;
using ::testing::HasSubstr;

constexpr std::string_view kDev = "111111111111";
constexpr std::string_view kProd = "123456789012";
constexpr std::string_view kDeveloper = "arn:aws:iam::111111111111:user/dora";
constexpr std::string_view kTester = "arn:aws:iam::111111111111:user/theo";
constexpr std::string_view kUpdateApp = "arn:aws:iam::123456789012:role/UpdateApp";
constexpr std::string_view kObject = "arn:aws:s3:::productionapp/x";
constexpr std::string_view kSeed = "12345678901234567890";

constexpr std::string_view kUpdateAppPolicy = R"({"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],
   "Resource":"arn:aws:s3:::productionapp/*"},
  {"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::productionapp"}]})";

class WorkedDecisionsTest : public testing::Test {
 protected:
  WorkedDecisionsTest() {
    world.Account(kDev);
    world.Account(kProd);
    world.Group(kDev, "Developers", {Allow("sts:AssumeRole", kUpdateApp)});
    world.Group(kDev, "Testers");
    store::UserDefinition& dora =
        world.User(kDev, "dora", {Allow("s3:*", "arn:aws:s3:::devbucket/*")});
    dora.groups.push_back({"Developers", {}});
    store::MfaDeviceDefinition device;
    device.serial_number = {"arn:aws:iam::111111111111:mfa/dora", {}};
    device.seed = std::string(kSeed);
    dora.mfa_devices.push_back(device);
    world.User(kDev, "theo").groups.push_back({"Testers", {}});
    world.User(kProd, "admin", {Allow("*", "*")});
    role = &world.Role(kProd, "UpdateApp", Trust(kDev), {std::string(kUpdateAppPolicy)});
    world.Resource(kProd, "arn:aws:s3:::productionapp");
    world.Resource(kProd, "arn:aws:s3:::otherbucket");
    world.Resource(kDev, "arn:aws:s3:::devbucket");
    world.Publish();
  }

  std::string AssumedToken() {
    const auto assumed = world.Assume(World::Arn(kDeveloper), World::Parameters(kUpdateApp));
    EXPECT_TRUE(assumed.ok()) << assumed.status();
    return assumed.ok() ? assumed->credentials.session_token : std::string();
  }

  World world;
  store::RoleDefinition* role = nullptr;
};

TEST_F(WorkedDecisionsTest, DeveloperMayAssumeUpdateApp) {  // R-4.88
  const auto assumed = world.Assume(World::Arn(kDeveloper), World::Parameters(kUpdateApp, "d1"));
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  EXPECT_EQ(assumed->assumed_role_arn, "arn:aws:sts::123456789012:assumed-role/UpdateApp/d1");
  EXPECT_EQ(assumed->credentials.access_key_id.substr(0, 4), "ASIA");
  EXPECT_EQ(assumed->credentials.expiration, world.clock.Now() + absl::Hours(1));
}

TEST_F(WorkedDecisionsTest, TesterIsRefusedWithTheReason) {  // R-4.89, A-7
  const auto assumed = world.Assume(World::Arn(kTester), World::Parameters(kUpdateApp));
  EXPECT_EQ(assumed.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(assumed.status()), "AccessDenied");
  EXPECT_EQ(assumed.status().message(),
            "User: arn:aws:iam::111111111111:user/theo is not authorized to perform: "
            "sts:AssumeRole on resource: arn:aws:iam::123456789012:role/UpdateApp because no "
            "identity-based policy allows the sts:AssumeRole action");
}

TEST_F(WorkedDecisionsTest, AdministratorOutsideTheTrustedAccountIsRefused) {  // R-4.90
  const auto assumed = world.Assume(World::Arn("arn:aws:iam::123456789012:user/admin"),
                                    World::Parameters(kUpdateApp));
  EXPECT_EQ(assumed.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(assumed.status().message()),
              HasSubstr("because no role trust policy allows the sts:AssumeRole action"));
}

TEST_F(WorkedDecisionsTest, SessionHasTheRolesRightsAndNoOthers) {  // R-4.91 to R-4.93
  const std::string token = AssumedToken();
  EXPECT_EQ(world.Decide(World::Token(token), "s3:PutObject", kObject), Effect::kAllow);
  EXPECT_EQ(world.Decide(World::Token(token), "s3:PutObject", "arn:aws:s3:::otherbucket/x"),
            Effect::kImplicitDeny);
  EXPECT_EQ(world.Decide(World::Token(token), "s3:GetObject", "arn:aws:s3:::devbucket/x"),
            Effect::kImplicitDeny);
  EXPECT_EQ(world.DecideFor(kDeveloper, "s3:GetObject", "arn:aws:s3:::devbucket/x"),
            Effect::kAllow);
}

TEST_F(WorkedDecisionsTest, ForeignBucketPolicyAloneIsNotEnough) {  // R-4.94
  world.definitions().resources.pop_back();
  world.Resource(kDev, "arn:aws:s3:::devbucket",
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":
                 "arn:aws:iam::123456789012:role/UpdateApp"},"Action":"s3:GetObject",
                 "Resource":"arn:aws:s3:::devbucket/*"}})");
  world.Publish();
  EXPECT_EQ(world.Decide(World::Token(AssumedToken()), "s3:GetObject", "arn:aws:s3:::devbucket/x"),
            Effect::kImplicitDeny);
}

TEST_F(WorkedDecisionsTest, LeavingTheGroupEndsAssumingNotTheSession) {  // R-4.95, R-6.15
  const std::string token = AssumedToken();
  world.definitions().users[0].groups.clear();
  world.Publish();
  EXPECT_EQ(world.Decide(World::Token(token), "s3:PutObject", kObject), Effect::kAllow);
  EXPECT_EQ(world.Assume(World::Arn(kDeveloper), World::Parameters(kUpdateApp)).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(WorkedDecisionsTest, MfaCanBeDemanded) {  // R-4.96, A-15 (spelling and JSON boolean)
  const std::string trust =
      Trust(kDev, R"("sts:AssumeRole")", R"({"Bool":{"aws:multifactorAuthPresent":true}})");
  role->trust_policy->policy = nullptr;
  std::vector<policy::Diagnostic> diagnostics;
  role->trust_policy->policy = policy::CompilePolicyJson(trust, policy::PolicyType::kTrust,
                                                         policy::PolicyLimits{}, &diagnostics);
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(kUpdateApp);
  EXPECT_EQ(world.Assume(World::Arn(kDeveloper), parameters).status().code(),
            absl::StatusCode::kPermissionDenied);

  const std::vector<uint8_t> seed(kSeed.begin(), kSeed.end());
  const uint64_t step = absl::ToUnixSeconds(world.clock.Now()) / session::kTotpStepSeconds;
  parameters.serial_number = "arn:aws:iam::111111111111:mfa/dora";
  parameters.token_code = session::TotpCode(seed, step);
  EXPECT_TRUE(world.Assume(World::Arn(kDeveloper), parameters).ok());
  // The same code a second time: R-5.59, A-17.
  EXPECT_EQ(world.Assume(World::Arn(kDeveloper), parameters).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(WorkedDecisionsTest, BoundaryNarrowsTheRole) {  // R-4.97
  world.ManagedPolicy(kProd, "ReadOnly", Allow("s3:Get*", "*"));
  role->permissions_boundary = {"arn:aws:iam::123456789012:policy/ReadOnly", {}};
  world.Publish();
  const std::string token = AssumedToken();
  std::string reason;
  EXPECT_EQ(world.Decide(World::Token(token), "s3:PutObject", kObject, &reason),
            Effect::kImplicitDeny);
  EXPECT_THAT(reason, HasSubstr("because no permissions boundary allows the s3:PutObject action"));
  EXPECT_EQ(world.Decide(World::Token(token), "s3:GetObject", kObject), Effect::kAllow);
}

TEST_F(WorkedDecisionsTest, SessionPolicyNarrowsTheSession) {  // R-4.98
  session::AssumeRoleParameters parameters = World::Parameters(kUpdateApp);
  parameters.policy = Allow("s3:ListBucket", "arn:aws:s3:::productionapp");
  const auto assumed = world.Assume(World::Arn(kDeveloper), parameters);
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  const std::string& token = assumed->credentials.session_token;
  std::string reason;
  EXPECT_EQ(world.Decide(World::Token(token), "s3:GetObject", kObject, &reason),
            Effect::kImplicitDeny);
  EXPECT_THAT(reason, HasSubstr("because no session policy allows the s3:GetObject action"));
  EXPECT_EQ(world.Decide(World::Token(token), "s3:ListBucket", "arn:aws:s3:::productionapp"),
            Effect::kAllow);
  EXPECT_TRUE(assumed->packed_policy_size.has_value());
}

TEST_F(WorkedDecisionsTest, ServiceControlPolicyDenies) {  // R-4.99
  store::OrganizationDefinition& organization = world.definitions().organizations.emplace_back();
  organization.id = {"o-exampleorg", {}};
  organization.management_account = {"111111111111", {}};
  store::OrganizationalUnitDefinition root;
  root.id = {"r-exam", {}};
  root.name = {"Root", {}};
  root.accounts = {{"111111111111", {}}, {"123456789012", {}}};
  root.service_control_policies = {{"FullAWSAccess", {}}, {"NoPut", {}}};
  organization.units.push_back(root);
  store::PolicyDefinition scp;
  scp.name = {"NoPut", {}};
  std::vector<policy::Diagnostic> diagnostics;
  scp.policy =
      policy::CompilePolicyJson(Deny("s3:PutObject", "*"), policy::PolicyType::kServiceControl,
                                policy::PolicyLimits{}, &diagnostics);
  ASSERT_NE(scp.policy, nullptr);
  scp.file = std::make_shared<const std::string>("world");
  organization.service_control_policies.push_back(scp);
  world.Publish();
  const std::string token = AssumedToken();
  std::string reason;
  EXPECT_EQ(world.Decide(World::Token(token), "s3:PutObject", kObject, &reason),
            Effect::kExplicitDeny);
  EXPECT_THAT(reason, HasSubstr("with an explicit deny in a service control policy"));
  EXPECT_EQ(world.Decide(World::Token(token), "s3:GetObject", kObject), Effect::kAllow);
}

}  // namespace
}  // namespace portcullis::engine
