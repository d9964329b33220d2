#include "server/engine/signed_caller.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/signature/sign.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/r";
constexpr std::string_view kKey = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kOldKey = "AKIAI44QH8DHBEXAMPLE";

// Who signs, and with what.
struct Signer {
  std::string access_key_id = std::string(kKey);
  std::string secret = std::string(kSecret);
  std::optional<std::string> token = std::nullopt;
};

class SignedCallerTest : public testing::Test {
 protected:
  SignedCallerTest() {
    world.Account(kAccount);
    store::UserDefinition& ana = world.User(kAccount, "ana");
    ana.access_keys.push_back({{std::string(kKey), {}}, std::string(kSecret), true, {}});
    ana.access_keys.push_back({{std::string(kOldKey), {}}, std::string(kSecret), false, {}});
    world.Role(kAccount, "r", Trust(kAna), {Allow("*", "*")});
    world.Publish();
  }

  // A session of the role as a signer.
  Signer Session() {
    auto role = world.Assume(World::Arn(kAna), World::Parameters(kRole));
    EXPECT_TRUE(role.ok()) << role.status();
    return {role->credentials.access_key_id, role->credentials.secret_access_key,
            role->credentials.session_token};
  }

  // Signs a request now and identifies its signer then.
  absl::StatusOr<Caller> Identify(const Signer& signer, absl::Duration later = absl::ZeroDuration(),
                                  std::optional<absl::Duration> presigned = std::nullopt) {
    const std::vector<signature::HeaderField> plain = {{"host", "sts.example.org"}};
    SignedProof proof;
    proof.request.method = "POST";
    proof.request.path = "/";
    proof.request.headers = plain;
    proof.request.body_sha256 = signature::kEmptyBodySha256;
    signature::SigningCredentials credentials;
    credentials.access_key_id = signer.access_key_id;
    credentials.secret_access_key = signer.secret;
    if (signer.token.has_value()) credentials.session_token = *signer.token;
    signature::SignOptions options;
    options.region = "eu-central-1";
    options.service = "sts";
    options.time = world.clock.Now();
    options.presigned_expires = presigned;
    signed_ = *signature::SignRequest(proof.request, credentials, options);
    headers_ = plain;
    for (const signature::AddedHeader& header : signed_.headers) {
      headers_.push_back({header.name, header.value});
    }
    proof.request.headers = headers_;
    proof.request.query = signed_.query;
    proof.verification.expected_service = "sts";
    snapshot_ = world.store.Current();
    return IdentifySigner(proof, *snapshot_, world.revocations.get(), world.clock.Now() + later);
  }

  std::string Reason(const Signer& signer, absl::Duration later = absl::ZeroDuration()) {
    return base::ReasonOf(Identify(signer, later).status());
  }

  World world;
  signature::RequestSignature signed_;
  std::vector<signature::HeaderField> headers_;
  std::shared_ptr<const store::Snapshot> snapshot_;
};

TEST_F(SignedCallerTest, LongTermKeyIsItsUser) {
  const auto caller = Identify({});
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal.arn, kAna);
  EXPECT_EQ(caller->access_key_id, kKey);
  EXPECT_FALSE(caller->temporary());
}

TEST_F(SignedCallerTest, SessionKeyIsItsSession) {
  const Signer session = Session();
  const auto caller = Identify(session);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal.arn, "arn:aws:sts::111122223333:assumed-role/r/session");
  EXPECT_EQ(caller->access_key_id, session.access_key_id);
  EXPECT_TRUE(caller->temporary());
  EXPECT_TRUE(Identify(session, absl::ZeroDuration(), absl::Minutes(15)).ok()) << "presigned";
}

TEST_F(SignedCallerTest, KeyThatIsNone) {
  EXPECT_EQ(Reason({.access_key_id = "AKIAUNKNOWNUNKNOWN00"}), "InvalidClientTokenId");
  EXPECT_EQ(Reason({.access_key_id = std::string(kOldKey)}), "InvalidClientTokenId");
}

TEST_F(SignedCallerTest, KeyAndTokenAreOneUnit) {
  const Signer session = Session();
  Signer wrong = session;
  wrong.token.reset();
  EXPECT_EQ(Reason(wrong), "InvalidClientTokenId");
  wrong = session;
  wrong.token = Session().token;
  EXPECT_EQ(Reason(wrong), "InvalidClientTokenId") << "another session's token";
  wrong = session;
  wrong.token = "AAAA";
  EXPECT_EQ(Reason(wrong), "InvalidClientTokenId") << "no token at all";
  wrong = Signer();
  wrong.token = session.token;
  EXPECT_EQ(Reason(wrong), "InvalidClientTokenId") << "a token with a long-term key";
}

TEST_F(SignedCallerTest, WrongSecret) {
  EXPECT_EQ(Reason({.secret = "another"}), "SignatureDoesNotMatch");
  Signer session = Session();
  session.secret = std::string(kSecret);
  EXPECT_EQ(Reason(session), "SignatureDoesNotMatch");
}

TEST_F(SignedCallerTest, ExpiryShowsOnlyToTheRightSigner) {
  Signer session = Session();
  world.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Reason(session), "TOKEN_EXPIRED");
  session.secret = std::string(kSecret);
  EXPECT_EQ(Reason(session), "SignatureDoesNotMatch");
}

TEST_F(SignedCallerTest, Skew) {
  EXPECT_TRUE(Identify({}, absl::Minutes(5)).ok());
  EXPECT_EQ(Reason({}, absl::Minutes(5) + absl::Seconds(1)), "SignatureDoesNotMatch");
  EXPECT_EQ(Reason({}, -absl::Minutes(5) - absl::Seconds(1)), "SignatureDoesNotMatch");
}

TEST_F(SignedCallerTest, DisabledUserAndRevokedSession) {
  const Signer session = Session();
  state::Revocation revocation;
  revocation.kind = state::RevocationKind::kSession;
  revocation.account = std::string(kAccount);
  revocation.subject = session.access_key_id;
  ASSERT_TRUE(world.revocations->Add(revocation).ok());
  const auto revoked = Identify(session);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_TRUE(revoked->revoked) << "who it is stays known; decisions deny";

  world.definitions().users[0].disabled = true;
  world.Publish();
  EXPECT_EQ(Reason({}), "PRINCIPAL_DISABLED");
}

TEST_F(SignedCallerTest, NothingSigned) {
  SignedProof proof;
  proof.request.method = "GET";
  proof.request.path = "/";
  proof.verification.expected_service = "sts";
  EXPECT_EQ(base::ReasonOf(
                IdentifySigner(proof, *world.store.Current(), nullptr, world.clock.Now()).status()),
            "MissingAuthenticationToken");
}

TEST_F(SignedCallerTest, IsAProofLikeTheOthers) {
  ASSERT_TRUE(Identify({}).ok());
  SignedProof proof;
  proof.request.method = "POST";
  proof.request.path = "/";
  proof.request.headers = headers_;
  proof.request.query = signed_.query;
  proof.request.body_sha256 = signature::kEmptyBodySha256;
  proof.verification.expected_service = "sts";
  CallerProof caller;
  caller.kind = CallerProof::Kind::kSignature;
  caller.signature = &proof;
  const auto role = world.Assume(caller, World::Parameters(kRole));
  ASSERT_TRUE(role.ok()) << role.status();
}

}  // namespace
}  // namespace portcullis::engine
