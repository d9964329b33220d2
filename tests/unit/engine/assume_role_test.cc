#include "server/engine/assume_role.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

// What a trust policy's condition sees of a call (R-3.37 to R-3.40).
struct Case {
  std::string_view name;
  std::string_view condition;
  bool allowed;
};

class AssumeRoleKeysTest : public testing::TestWithParam<Case> {};

TEST_P(AssumeRoleKeysTest, ConditionSeesTheRequest) {
  World world;
  world.Account(kAccount);
  world.User(kAccount, "ana");
  world
      .Role(kAccount, "r",
            Trust(kAna, R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")",
                  GetParam().condition))
      .tags.push_back({{"stage", {}}, {"prod", {}}});
  world.Publish();
  const std::shared_ptr<const store::Snapshot> snapshot = world.store.Current();
  const Peer peer = World::TrustedPeer();
  const auto caller =
      IdentifyCaller(World::Arn(kAna), peer, *snapshot, world.revocations.get(), world.clock.Now());
  ASSERT_TRUE(caller.ok());
  session::AssumeRoleParameters parameters =
      World::Parameters("arn:aws:iam::111122223333:role/r", "ana");
  parameters.external_id = "x-1";
  parameters.source_identity = "Ana";
  parameters.tags = {{"team", "red"}, {"cost", "7"}};
  parameters.transitive_tag_keys = {"team"};
  AssumeRoleQuestion question;
  question.caller = &*caller;
  question.peer = &peer;
  question.parameters = &parameters;
  question.role = snapshot->FindRole(parameters.role_arn);
  question.now = world.clock.Now();
  const absl::Status status = AuthorizeAssumeRole(question, *snapshot);
  EXPECT_EQ(status.ok(), GetParam().allowed) << status;
  EXPECT_EQ(base::ReasonOf(status), GetParam().allowed ? "" : "AccessDenied");
}

INSTANTIATE_TEST_SUITE_P(
    Keys, AssumeRoleKeysTest,
    testing::Values(
        Case{"ExternalId", R"({"StringEquals":{"sts:ExternalId":"x-1"}})", true},
        Case{"OtherExternalId", R"({"StringEquals":{"sts:ExternalId":"x-2"}})", false},
        Case{"SessionNameIsUserName",  // R-3.38
             R"({"StringLike":{"sts:RoleSessionName":"${aws:username}"}})", true},
        Case{"SourceIdentity", R"({"StringEquals":{"sts:SourceIdentity":"Ana"}})", true},
        Case{"RequestTag", R"({"StringEquals":{"aws:RequestTag/team":"red"}})", true},
        Case{"NotAPrincipalTag",  // R-3.5
             R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})", false},
        Case{"TagKeysWithin",
             R"({"ForAllValues:StringEquals":{"aws:TagKeys":["team","cost","x"]}})", true},
        Case{"TagKeysBeyond",  // R-4.59
             R"({"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}})", false},
        Case{"TransitiveTagKeys",
             R"({"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":"team"}})", true},
        Case{"RolesTag", R"({"StringEquals":{"aws:ResourceTag/stage":"prod"}})", true},
        Case{"RolesIamTag", R"({"StringEquals":{"iam:ResourceTag/stage":"prod"}})", true},
        Case{"CallersArn", R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/an?"}})", true},
        Case{"NoMfa", R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})", false}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace portcullis::engine
