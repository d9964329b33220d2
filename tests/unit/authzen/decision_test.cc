// The engine's answers in the API's words.
#include "server/authzen/decision.h"

#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::authzen {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

class DecideTest : public ::testing::Test {
 protected:
  DecideTest() {
    world_.Account(kAccount);
    world_.User(kAccount, "ana",
                {engine::Allow("orders:*", "*"), engine::Deny("orders:Delete*", "*")});
    world_.Publish();
  }

  absl::StatusOr<Decision> Ask(const engine::CallerProof& caller, std::string_view action,
                               engine::Peer peer = engine::World::TrustedPeer()) {
    const Evaluation evaluation{caller, action, "*", {}};
    return Decide(world_.authorizer, evaluation, peer, gateway::Asker());
  }

  engine::World world_;
};

TEST_F(DecideTest, TellsWhatThePoliciesSay) {
  struct Case {
    std::string_view action;
    bool allowed;
    std::string_view reason;
  };
  for (const Case& row : {Case{"orders:GetOrder", true, "explicit_allow"},
                          Case{"orders:DeleteOrder", false, "explicit_deny"},
                          Case{"billing:GetInvoice", false, "implicit_deny"}}) {
    const auto decision = Ask(engine::World::Arn(kAna), row.action);
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->allowed, row.allowed) << row.action;
    EXPECT_EQ(decision->reason, row.reason);
    EXPECT_EQ(decision->message.empty(), row.allowed) << decision->message;
    EXPECT_EQ(decision->decision_id.size(), 26u);
    EXPECT_EQ(decision->policy_revision, "generation-1");
  }
}

TEST_F(DecideTest, DeniesASubjectThatIsNobody) {
  const auto unknown = Ask(engine::World::Arn("arn:aws:iam::111122223333:user/bob"), "a:B");
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_FALSE(unknown->allowed);
  EXPECT_EQ(unknown->reason, "unknown_principal");
  const auto malformed = Ask(engine::World::Token("no token"), "a:B");
  ASSERT_TRUE(malformed.ok()) << malformed.status();
  EXPECT_FALSE(malformed->allowed);
  EXPECT_EQ(malformed->reason, "token_malformed");
}

TEST_F(DecideTest, LeavesToOthersWhatIsNoDecision) {
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(engine::World::Arn(kAna), "no action").status()));
  const auto stranger = Ask(engine::World::Arn(kAna), "orders:GetOrder", engine::Peer());
  EXPECT_EQ(base::ReasonOf(stranger.status()), "ASSERTION_NOT_ALLOWED");
  engine::World empty;
  const Evaluation evaluation{engine::World::Arn(kAna), "a:B", "*", {}};
  EXPECT_TRUE(absl::IsUnavailable(
      Decide(empty.authorizer, evaluation, engine::World::TrustedPeer(), {}).status()));
}

TEST(WriteDecision, IsAnObjectWithContext) {
  const auto write = [](const Decision& decision) {
    base::JsonWriter writer;
    WriteDecision(decision, &writer);
    return nlohmann::json::parse(writer.text());
  };
  EXPECT_EQ(write({}), nlohmann::json::parse(R"({"decision":false,"context":{}})"));
  EXPECT_EQ(write({.allowed = true,
                   .reason = "explicit_allow",
                   .decision_id = "01A",
                   .policy_revision = "r"}),
            nlohmann::json::parse(R"({"decision":true,"context":{"decision_id":"01A",)"
                                  R"("reason":"explicit_allow","policy_revision":"r"}})"));
  EXPECT_EQ(write({.message = "subject is missing", .error_status = 400}),
            nlohmann::json::parse(R"({"decision":false,"context":{"error":)"
                                  R"({"status":400,"message":"subject is missing"}}})"));
}

}  // namespace
}  // namespace portcullis::authzen
