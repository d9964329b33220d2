#include "server/engine/caller.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

class CallerTest : public testing::Test {
 protected:
  CallerTest() {
    world.Account(kAccount);
    store::UserDefinition& ana = world.User(kAccount, "ana");
    store::AccessKeyDefinition key;
    key.id = {std::string(kKeyId), {}};
    key.secret = std::string(kSecret);
    ana.access_keys.push_back(key);
    world.Role(kAccount, "Deploy", Trust(kAccount)).path = {"/eng/", {}};
    world.Publish();
  }

  absl::StatusOr<Caller> Identify(const CallerProof& proof, Peer peer = World::TrustedPeer()) {
    snapshot = world.store.Current();
    return IdentifyCaller(proof, peer, *snapshot, world.revocations.get(), world.clock.Now());
  }

  std::string Refusal(const CallerProof& proof) {
    const auto caller = Identify(proof);
    return caller.ok() ? "accepted" : base::ReasonOf(caller.status());
  }

  World world;
  std::shared_ptr<const store::Snapshot> snapshot;
};

TEST_F(CallerTest, AssertedSessionFindsItsRoleWithoutThePath) {
  const auto caller = Identify(World::Arn("arn:aws:sts::111122223333:assumed-role/Deploy/s1"));
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal.issuer_arn, "arn:aws:iam::111122223333:role/eng/Deploy");
  EXPECT_EQ(caller->principal_arn, "arn:aws:iam::111122223333:role/eng/Deploy");
  EXPECT_TRUE(caller->temporary());
}

TEST_F(CallerTest, WhatIsNotAPrincipal) {
  for (const std::string_view arn :
       {"arn:aws:iam::111122223333:role/eng/Deploy", "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::111122223333:assumed-role/Deploy/s1", "not an arn at all", ""}) {
    const auto caller = Identify(World::Arn(arn));
    EXPECT_EQ(caller.status().code(), absl::StatusCode::kInvalidArgument) << arn;
  }
  for (const std::string_view arn :
       {"arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:user/Ana",
        "arn:aws:sts::111122223333:assumed-role/deploy/s1", "arn:aws:iam::999999999999:root",
        "arn:aws-cn:iam::111122223333:root"}) {
    EXPECT_EQ(Refusal(World::Arn(arn)), "UNKNOWN_PRINCIPAL") << arn;
  }
}

TEST_F(CallerTest, AccessKey) {  // one text for unknown, inactive and wrong
  const CallerProof good{CallerProof::Kind::kAccessKey, kKeyId, kSecret};
  const auto caller = Identify(good, Peer());
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->user_name, "ana");
  EXPECT_EQ(caller->access_key_id, kKeyId);
  const CallerProof wrong{CallerProof::Kind::kAccessKey, kKeyId, "wrong"};
  const CallerProof unknown{CallerProof::Kind::kAccessKey, "AKIAAAAAAAAAAAAAAAAA", kSecret};
  const CallerProof empty{CallerProof::Kind::kAccessKey, kKeyId, ""};
  for (const CallerProof& proof : {wrong, unknown, empty}) {
    EXPECT_EQ(Refusal(proof), "INVALID_ACCESS_KEY");
  }
  world.definitions().users[0].access_keys[0].active = false;
  world.Publish();
  EXPECT_EQ(Refusal(good), "INVALID_ACCESS_KEY");
}

TEST_F(CallerTest, DisabledUser) {
  world.definitions().users[0].disabled = true;
  world.Publish();
  EXPECT_EQ(Refusal(World::Arn("arn:aws:iam::111122223333:user/ana")), "PRINCIPAL_DISABLED");
}

TEST_F(CallerTest, NothingGiven) {
  EXPECT_EQ(Refusal(CallerProof()), "CALLER_MISSING");
}

TEST_F(CallerTest, RootAndServices) {
  const auto root = Identify(World::Arn("arn:aws:iam::111122223333:root"));
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->principal.kind, policy::PrincipalKind::kRoot);
  EXPECT_EQ(root->user_id, kAccount);
  const auto service = Identify(World::Arn("ec2.amazonaws.com"));
  ASSERT_TRUE(service.ok());
  EXPECT_EQ(service->account, nullptr);
}

}  // namespace
}  // namespace portcullis::engine
