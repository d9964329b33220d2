#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kRoleArn = "arn:aws:iam::111111111111:role/deploy";
constexpr std::string_view kUserArn = "arn:aws:iam::111111111111:user/ana";
constexpr std::string_view kKeyId = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kSessionKeyId = "ASIAIOSFODNN7EXAMPLE";

absl::Time Hour(int hour) {
  return absl::UnixEpoch() + absl::Hours(hour);
}

// An account with a user, its key and a role.
class BuildRevocationsTest : public ::testing::Test {
 protected:
  BuildRevocationsTest() : file_("a.yaml") {
    file_.Account(kDev, 1);
    file_.User(kDev, "ana", 2).access_keys.push_back({At(kKeyId, 2), "secret", true, {}});
    file_.Role(kDev, "deploy", 3);
  }
  RevocationDefinition& Add(Located RevocationDefinition::*subject, std::string_view name,
                            std::optional<absl::Time> issued_before, uint32_t line) {
    RevocationDefinition& revocation = file_.Revocation(line);
    revocation.*subject = At(name, line, 5);
    revocation.issued_before = issued_before;
    return revocation;
  }
  TestFile file_;
};

// by unique id, so that a namesake is not meant.
TEST_F(BuildRevocationsTest, AreFoundByWhatASessionKnows) {
  Add(&RevocationDefinition::role_arn, kRoleArn, Hour(1), 4).reason = At("INC-7", 4);
  Add(&RevocationDefinition::user_arn, kUserArn, Hour(2), 5);
  Add(&RevocationDefinition::access_key_id, kKeyId, Hour(3), 6);
  Add(&RevocationDefinition::session_access_key_id, kSessionKeyId, std::nullopt, 7);
  const BuildResult result = BuildFrom(file_);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Snapshot& snapshot = *result.snapshot;
  const std::string role_id = snapshot.FindRole(kRoleArn)->id;
  const std::string user_id(snapshot.FindUser(kUserArn)->id);

  const Revocation* role = snapshot.FindRoleRevocation(role_id);
  ASSERT_NE(role, nullptr);
  EXPECT_EQ(role->kind, RevocationKind::kRole);
  EXPECT_EQ(role->subject, role_id);
  EXPECT_EQ(role->issued_before, Hour(1));
  EXPECT_EQ(role->reason, "INC-7");
  EXPECT_EQ(*role->origin.file, "a.yaml");
  EXPECT_EQ(role->origin.position.line, 4u);

  const Revocation* user = snapshot.FindUserRevocation(user_id);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->kind, RevocationKind::kUser);
  EXPECT_EQ(user->issued_before, Hour(2));
  const Revocation* key = snapshot.FindAccessKeyRevocation(kKeyId);
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->kind, RevocationKind::kAccessKey);
  EXPECT_EQ(key->issued_before, Hour(3));
  const Revocation* session = snapshot.FindSessionRevocation(kSessionKeyId);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->kind, RevocationKind::kSession);
  EXPECT_EQ(session->issued_before, absl::InfiniteFuture());
  EXPECT_EQ(snapshot.revocations().size(), 4u);

  // Each kind is looked for in its own place.
  EXPECT_EQ(snapshot.FindRoleRevocation(user_id), nullptr);
  EXPECT_EQ(snapshot.FindUserRevocation(role_id), nullptr);
  EXPECT_EQ(snapshot.FindRoleRevocation(kRoleArn), nullptr);
  EXPECT_EQ(snapshot.FindSessionRevocation(kKeyId), nullptr);
  EXPECT_EQ(snapshot.FindAccessKeyRevocation(kSessionKeyId), nullptr);
}

TEST_F(BuildRevocationsTest, TheLatestCounts) {
  Add(&RevocationDefinition::role_arn, kRoleArn, Hour(2), 4);
  Add(&RevocationDefinition::role_arn, kRoleArn, Hour(3), 5);
  Add(&RevocationDefinition::role_arn, kRoleArn, Hour(1), 6);
  const BuildResult result = BuildFrom(file_);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Revocation* found =
      result.snapshot->FindRoleRevocation(result.snapshot->FindRole(kRoleArn)->id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->issued_before, Hour(3));
  EXPECT_EQ(found->origin.position.line, 5u);
}

// A slip in an emergency must not keep the revocation from being published.
TEST_F(BuildRevocationsTest, WhatIsSuspiciousIsAWarning) {
  Add(&RevocationDefinition::session_access_key_id, kSessionKeyId, std::nullopt, 4);
  Add(&RevocationDefinition::session_access_key_id, kSessionKeyId, std::nullopt, 5);
  Add(&RevocationDefinition::access_key_id, "AKIA0000000000DELETED", Hour(1), 6);
  const BuildResult result = BuildFrom(file_);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre("a.yaml:5:3: warning: the same is revoked at a.yaml:4:3",
                  "a.yaml:6:5: warning: access key `AKIA0000000000DELETED` is not declared; if it "
                  "was deleted, this still ends the sessions issued with it"));
  ASSERT_NE(result.snapshot, nullptr);
  EXPECT_NE(result.snapshot->FindAccessKeyRevocation("AKIA0000000000DELETED"), nullptr);
}

TEST_F(BuildRevocationsTest, RefusesWhatNamesNothingOrTooMuch) {
  file_.Revocation(4).issued_before = Hour(1);
  Add(&RevocationDefinition::role_arn, kRoleArn, Hour(1), 5).user_arn = At(kUserArn, 5);
  Add(&RevocationDefinition::role_arn, "arn:aws:iam::111111111111:role/deploi", Hour(1), 6);
  Add(&RevocationDefinition::user_arn, kRoleArn, Hour(1), 7);
  Add(&RevocationDefinition::role_arn, kRoleArn, std::nullopt, 8);
  Add(&RevocationDefinition::session_access_key_id, kSessionKeyId, Hour(1), 9);
  Add(&RevocationDefinition::session_access_key_id, kKeyId, std::nullopt, 10);
  Add(&RevocationDefinition::access_key_id, kSessionKeyId, Hour(1), 11);
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre(
          "a.yaml:4:3: error: a revocation needs one of `RoleArn`, `UserArn`, `AccessKeyId` and "
          "`SessionAccessKeyId`",
          "a.yaml:5:3: error: a revocation needs one of `RoleArn`, `UserArn`, `AccessKeyId` and "
          "`SessionAccessKeyId`",
          "a.yaml:6:5: error: role `arn:aws:iam::111111111111:role/deploi` does not exist; did "
          "you mean `arn:aws:iam::111111111111:role/deploy`?",
          "a.yaml:7:5: error: user `arn:aws:iam::111111111111:role/deploy` does not exist; did "
          "you mean `arn:aws:iam::111111111111:user/ana`?",
          "a.yaml:8:3: error: a revocation needs `IssuedBefore`: sessions issued earlier are "
          "refused",
          "a.yaml:9:3: error: a revocation of one session has no `IssuedBefore`",
          "a.yaml:10:5: error: access key id `AKIAIOSFODNN7EXAMPLE` of a session must begin with "
          "`ASIA` and have 16 to 128 letters and digits",
          "a.yaml:11:5: error: access key id `ASIAIOSFODNN7EXAMPLE` of a user must begin with "
          "`AKIA` and have 16 to 128 letters and digits"));
}

TEST_F(BuildRevocationsTest, ReasonsAreBounded) {
  RevocationDefinition& revocation = Add(&RevocationDefinition::role_arn, kRoleArn, Hour(1), 4);
  revocation.reason = At(std::string(1000, 'x'), 4, 9);
  EXPECT_THAT(BuildFrom(file_).diagnostics, IsEmpty());
  revocation.reason.text += 'x';
  EXPECT_THAT(BuildFrom(file_).diagnostics,
              ElementsAre("a.yaml:4:9: error: reason is longer than 1000 characters"));
}

}  // namespace
}  // namespace portcullis::store
