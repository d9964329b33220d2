#include "server/engine/credential_rules.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::engine {
namespace {

using base::Concat;

constexpr StsOperation kOperations[] = {
    StsOperation::kAssumeRole,         StsOperation::kGetSessionToken,
    StsOperation::kGetFederationToken, StsOperation::kGetCallerIdentity,
    StsOperation::kGetAccessKeyInfo,   StsOperation::kDecodeAuthorizationMessage,
};
constexpr std::string_view kNames[] = {
    "AssumeRole",        "GetSessionToken",  "GetFederationToken",
    "GetCallerIdentity", "GetAccessKeyInfo", "DecodeAuthorizationMessage",
};

class CredentialRulesTest : public StsTest {
 protected:
  CredentialRulesTest() {
    World::SetPolicies(&UserNamed("ana"), {Allow("*", "*")});
    world.Role(kAccount, "r", Trust(kAna), {Allow("*", "*")});
    world.Publish();
  }

  Caller Identify(const CallerProof& proof) {
    snapshot_ = world.store.Current();
    const auto caller = IdentifyCaller(proof, World::TrustedPeer(), *snapshot_,
                                       world.revocations.get(), world.clock.Now());
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() ? *caller : Caller();
  }

  std::shared_ptr<const store::Snapshot> snapshot_;
};

// The six operations in the order above: Y, or the refusal's text.
struct Row {
  std::string_view name;
  CallerProof proof;
  std::string_view may;   // Y or n for each operation.
  std::string_view with;  // "Cannot call X with <this>".
};

TEST_F(CredentialRulesTest, WhoMayCallWhat) {
  const std::string role = AssumedToken(AnaKey(), RoleArn("r"));
  const std::string session = SessionToken(AnaKey());
  const std::string mfa_session = MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
  const std::string root_session = SessionToken(RootKey());
  const std::string federated = FederationToken(AnaKey(), "Manager1");
  const Row rows[] = {
      {"user", AnaKey(), "YYYYYY", ""},
      {"user, asserted", World::Arn(kAna), "YYYYYY", ""},
      {"root", RootKey(), "nYYYYY", ""},
      {"role session", World::Token(role), "YnnYYY", "session credentials"},
      {"role session, asserted", World::Arn("arn:aws:sts::111122223333:assumed-role/r/s"), "YnnYYY",
       "session credentials"},
      {"GetSessionToken", World::Token(session), "YnnYnn", "session credentials"},
      {"GetSessionToken with MFA", World::Token(mfa_session), "YnnYnn", "session credentials"},
      {"GetSessionToken of root", World::Token(root_session), "nnnYnn", "session credentials"},
      {"GetFederationToken", World::Token(federated), "nnnYnn", "federation token credentials"},
      {"federated user, asserted", World::Arn("arn:aws:sts::111122223333:federated-user/fred"),
       "nnnYnn", "federation token credentials"},
  };
  for (const Row& row : rows) {
    const Caller caller = Identify(row.proof);
    for (size_t i = 0; i < std::size(kOperations); ++i) {
      const absl::Status status = CheckMayCall(caller, kOperations[i]);
      const std::string what = Concat({row.name, " calls ", kNames[i]});
      EXPECT_EQ(status.ok(), row.may[i] == 'Y') << what;
      if (status.ok() || row.may[i] == 'Y') continue;
      // words the refusal of the two that make sessions of a user, R-1.5 that of root.
      const bool of_users = i == 1 || i == 2;
      const bool root = i == 0 && row.name.find("root") != std::string_view::npos;
      const std::string text = root ? "Roles may not be assumed by root accounts."
                                    : Concat({"Cannot call ", kNames[i], " with ",
                                              of_users ? "session credentials" : row.with});
      EXPECT_EQ(Outcome(status), "PERMISSION_DENIED AccessDenied: " + text) << what;
    }
  }
}

TEST_F(CredentialRulesTest, WhoHoldsNoCredentialsOfAnAccount) {
  const Caller service = Identify(World::Arn("ec2.amazonaws.com"));
  EXPECT_TRUE(CheckMayCall(service, StsOperation::kAssumeRole).ok());
  EXPECT_EQ(Outcome(CheckMayCall(service, StsOperation::kGetSessionToken)),
            "PERMISSION_DENIED AccessDenied: GetSessionToken needs the credentials of a user");
  const Caller anonymous;
  for (const StsOperation operation : kOperations) {
    EXPECT_EQ(base::ReasonOf(CheckMayCall(anonymous, operation)), "AccessDenied");
  }
}

struct IamRow {
  std::string_view name;
  CallerProof proof;
  bool may;
};

// whatever policies say, in the one place where decisions are made.
TEST_F(CredentialRulesTest, WhoMayCallIam) {
  const std::string role = AssumedToken(AnaKey(), RoleArn("r"));
  const std::string session = SessionToken(AnaKey());
  const std::string mfa_session = MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
  const std::string root_session = SessionToken(RootKey());
  const std::string root_mfa_session = MfaSessionToken(RootKey(), kRootDevice, kRootSeed);
  const std::string federated = FederationToken(AnaKey(), "Manager1", Allow("*", "*"));
  const IamRow rows[] = {
      {"user", AnaKey(), true},
      {"root", RootKey(), true},
      {"role session", World::Token(role), true},
      {"GetSessionToken", World::Token(session), false},
      {"GetSessionToken with MFA", World::Token(mfa_session), true},
      {"GetSessionToken of root", World::Token(root_session), false},
      {"GetSessionToken of root with MFA", World::Token(root_mfa_session), true},
      {"GetFederationToken", World::Token(federated), false},
  };
  for (const IamRow& row : rows) {
    for (const std::string_view action : {"iam:GetUser", "IAM:getuser"}) {
      EXPECT_EQ(Outcome(Ask(row.proof, action)),
                row.may ? ""
                        : "UNAUTHENTICATED InvalidClientTokenId: The security token included in "
                          "the request is invalid")
          << row.name << " " << action;
    }
    EXPECT_EQ(Decide(row.proof, "s3:GetObject"), policy::Effect::kAllow) << row.name;
    // Passing a role is a permission that other services ask about, not a call of IAM.
    EXPECT_EQ(Decide(row.proof, "iam:PassRole"), policy::Effect::kAllow) << row.name;
  }
}

}  // namespace
}  // namespace portcullis::engine
