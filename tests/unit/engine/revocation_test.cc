#include "server/engine/revocation.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

struct Case {
  std::string_view name;
  std::string_view statement;  // The members after "Version".
  bool revoked;
};

class RevocationTest : public testing::TestWithParam<Case> {};

TEST_P(RevocationTest, OfASessionOfTheRole) {
  World world;
  world.Account(kAccount);
  world.User(kAccount, "ana");
  world.Role(kAccount, "r", Trust(kAna),
             {R"({"Version":"2012-10-17","Statement":)" + std::string(GetParam().statement) + "}"});
  world.Publish();
  const auto assumed =
      world.Assume(World::Arn(kAna), World::Parameters("arn:aws:iam::111122223333:role/r", "s1"));
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  const std::shared_ptr<const store::Snapshot> snapshot = world.store.Current();
  const auto caller = IdentifyCaller(World::Token(assumed->credentials.session_token), Peer(),
                                     *snapshot, world.revocations.get(), world.clock.Now());
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(IsRevoked(*caller, *snapshot, world.clock.Now()), GetParam().revoked);
}

INSTANTIATE_TEST_SUITE_P(
    Statements, RevocationTest,
    testing::Values(Case{"OlderSessions",  // R-6.7
                         R"({"Effect":"Deny","Action":"*","Resource":"*",
                 "Condition":{"DateLessThan":{"aws:TokenIssueTime":"2030-01-01T00:00:00Z"}}})",
                         true},
                    Case{"OnlyEarlierOnes",
                         R"({"Effect":"Deny","Action":"*","Resource":"*",
                 "Condition":{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}})",
                         false},
                    Case{"OneSessionByName",  // R-6.8
                         R"({"Effect":"Deny","Action":"*","Resource":"*",
                 "Condition":{"StringLike":{"aws:userid":"AROA*:s1"}}})",
                         true},
                    Case{"AnotherSession",
                         R"({"Effect":"Deny","Action":"*","Resource":"*",
                 "Condition":{"StringLike":{"aws:userid":"AROA*:s2"}}})",
                         false},
                    Case{"SomeActionsAreNotARevocation",
                         R"({"Effect":"Deny","Action":"s3:*","Resource":"*"})", false},
                    Case{"DependsOnTheRequest",
                         R"({"Effect":"Deny","Action":"*","Resource":"*",
                 "Condition":{"Bool":{"aws:SecureTransport":"false"}}})",
                         false},
                    Case{"EverythingAlways", R"({"Effect":"Deny","Action":"*:*","Resource":"*"})",
                         true},
                    Case{"Allow", R"({"Effect":"Allow","Action":"*","Resource":"*"})", false}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace portcullis::engine
