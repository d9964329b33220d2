#include "server/engine/session_revocations.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/session/token_codec.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/eng/r";
constexpr std::string_view kUser = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kKey = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kRootKey = "AKIAROOTROOTROOTROOT";
constexpr std::string_view kOthersKey = "AKIAEVEEVEEVEEVEEVE1";

std::string SessionKeyOf(std::string_view account) {
  session::SessionClaims claims;
  claims.session_id = session::NewSessionId(account);
  return session::AccessKeyIdOf(claims);
}

RevokeSessionsParameters Parameters(RevocationKind kind, std::string_view subject) {
  RevokeSessionsParameters parameters;
  parameters.kind = kind;
  parameters.subject = std::string(subject);
  return parameters;
}

store::AccessKeyDefinition Key(std::string_view id) {
  store::AccessKeyDefinition key;
  key.id = {std::string(id), {}};
  key.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  return key;
}

class SessionRevocationsTest : public testing::Test {
 protected:
  SessionRevocationsTest() {
    world.Account(kAccount).root_access_keys.push_back(Key(kRootKey));
    world.Account(kOther);
    world.User(kAccount, "ana").access_keys.push_back(Key(kKey));
    world.User(kOther, "eve").access_keys.push_back(Key(kOthersKey));
    world.Role(kAccount, "r", Trust(kAccount)).path = {"/eng/", {}};
    world.Role(kOther, "r", Trust(kOther));
    Publish();
  }

  void Publish() {
    world.Publish();
    snapshot = world.store.Current();
    account = snapshot->FindAccount(kAccount);
  }

  World world;
  std::shared_ptr<const store::Snapshot> snapshot;
  const store::Account* account = nullptr;
};

TEST_F(SessionRevocationsTest, SubjectsHaveTheirForm) {
  struct Case {
    RevocationKind kind;
    std::string subject;
    bool valid;
  };
  for (const Case& test : {
           Case{RevocationKind::kNone, "", false},
           Case{RevocationKind::kRole, std::string(kRole), true},
           Case{RevocationKind::kRole, std::string(kUser), false},
           Case{RevocationKind::kRole, "r", false},
           Case{RevocationKind::kRole, "arn:aws:iam::111122223333:role/*", false},
           Case{RevocationKind::kRole, "arn:aws:sts::111122223333:assumed-role/r/s", false},
           Case{RevocationKind::kUser, std::string(kUser), true},
           Case{RevocationKind::kUser, "arn:aws:iam::111122223333:root", false},
           Case{RevocationKind::kUser, std::string(kRole), false},
           Case{RevocationKind::kAccessKey, std::string(kKey), true},
           Case{RevocationKind::kAccessKey, SessionKeyOf(kAccount), false},
           Case{RevocationKind::kAccessKey, "AKIA", false},
           Case{RevocationKind::kAccessKey, "AKIA\"\nAAAAAAAAAAAAAAAA", false},
           Case{RevocationKind::kSession, SessionKeyOf(kAccount), true},
           Case{RevocationKind::kSession, std::string(kKey), false},
           Case{RevocationKind::kSession, "ASIA", false},
       }) {
    const absl::Status status =
        ValidateParameters(Parameters(test.kind, test.subject), world.clock.Now());
    EXPECT_EQ(status.ok(), test.valid) << test.subject;
    EXPECT_EQ(base::ReasonOf(status), test.valid ? "" : "ValidationError") << test.subject;
  }
}

TEST_F(SessionRevocationsTest, TimesAndReasonsHaveTheirLimits) {
  const absl::Time now = world.clock.Now();
  RevokeSessionsParameters parameters = Parameters(RevocationKind::kRole, kRole);
  for (const auto& [time, valid] : std::vector<std::pair<absl::Time, bool>>{
           {absl::UnixEpoch(), false},
           {absl::InfinitePast(), false},
           {absl::FromUnixSeconds(1), true},
           {now, true},
           {now + RevokeSessionsParameters::kFutureMax, true},
           {now + RevokeSessionsParameters::kFutureMax + absl::Nanoseconds(1), false},
           {absl::InfiniteFuture(), false}}) {
    parameters.issued_before = time;
    EXPECT_EQ(ValidateParameters(parameters, now).ok(), valid) << time;
  }
  RevokeSessionsParameters session = Parameters(RevocationKind::kSession, SessionKeyOf(kAccount));
  session.issued_before = now;
  EXPECT_FALSE(ValidateParameters(session, now).ok());

  parameters.issued_before.reset();
  for (const auto& [reason, valid] :
       std::vector<std::pair<std::string, bool>>{{"", true},
                                                 {std::string(256, 'x'), true},
                                                 {std::string(257, 'x'), false},
                                                 {"laptop: \"lost\" # caf\xc3\xa9", true},
                                                 {"two\nlines", false},
                                                 {"\xff", false}}) {
    parameters.reason = reason;
    EXPECT_EQ(ValidateParameters(parameters, now).ok(), valid) << reason;
  }
}

TEST_F(SessionRevocationsTest, WhatIsAskedAndWhatIsRevoked) {
  const std::string session = SessionKeyOf(kAccount);
  const std::string others_session = SessionKeyOf(kOther);
  struct Case {
    RevocationKind kind;
    std::string subject;
    std::string resource;
    std::string id;      // Of what is revoked; empty: refused,
    std::string reason;  // for this reason.
  };
  for (const Case& test : {
           Case{RevocationKind::kRole, std::string(kRole), std::string(kRole),
                snapshot->FindRole(kRole)->id, ""},
           Case{RevocationKind::kUser, std::string(kUser), std::string(kUser),
                std::string(snapshot->FindUser(kUser)->id), ""},
           Case{RevocationKind::kAccessKey, std::string(kKey), std::string(kUser),
                std::string(kKey), ""},
           Case{RevocationKind::kAccessKey, std::string(kRootKey), "arn:aws:iam::111122223333:root",
                std::string(kRootKey), ""},
           Case{RevocationKind::kSession, session, "*", session, ""},
           // What the account does not have.
           Case{RevocationKind::kRole, "arn:aws:iam::444455556666:role/r",
                "arn:aws:iam::444455556666:role/r", "", "NoSuchEntity"},
           Case{RevocationKind::kUser, "arn:aws:iam::444455556666:user/eve",
                "arn:aws:iam::444455556666:user/eve", "", "NoSuchEntity"},
           Case{RevocationKind::kUser, "arn:aws:iam::111122223333:user/nobody",
                "arn:aws:iam::111122223333:user/nobody", "", "NoSuchEntity"},
           Case{RevocationKind::kAccessKey, std::string(kOthersKey), "*", "", "NoSuchEntity"},
           Case{RevocationKind::kAccessKey, "AKIADELETEDDELETEDDE", "*", "", "NoSuchEntity"},
           Case{RevocationKind::kSession, others_session, "*", "", "AccessDenied"},
       }) {
    const RevokeSessionsParameters parameters = Parameters(test.kind, test.subject);
    ASSERT_TRUE(ValidateParameters(parameters, world.clock.Now()).ok()) << test.subject;
    EXPECT_EQ(RevocationResource(parameters, *account, *snapshot), test.resource);
    const auto id = RevocationSubject(parameters, *account, *snapshot);
    EXPECT_EQ(id.value_or(""), test.id) << test.subject;
    EXPECT_EQ(base::ReasonOf(id.status()), test.reason) << test.subject;
  }
}

TEST_F(SessionRevocationsTest, TimesAreWholeSecondsAndNeverTooEarly) {
  RevokeSessionsParameters parameters = Parameters(RevocationKind::kRole, kRole);
  const absl::Time now = absl::FromUnixSeconds(100);
  EXPECT_EQ(IssuedBeforeSeconds(parameters, now), 101);
  EXPECT_EQ(IssuedBeforeSeconds(parameters, now + absl::Milliseconds(999)), 101);
  parameters.issued_before = absl::FromUnixSeconds(50);
  EXPECT_EQ(IssuedBeforeSeconds(parameters, now), 50);
  parameters.issued_before = absl::FromUnixSeconds(50) + absl::Nanoseconds(1);
  EXPECT_EQ(IssuedBeforeSeconds(parameters, now), 51);
  EXPECT_EQ(IssuedBeforeSeconds(Parameters(RevocationKind::kSession, "ASIA"), now), 0);
}

TEST_F(SessionRevocationsTest, EntriesForThePolicies) {
  RevokeSessionsParameters role = Parameters(RevocationKind::kRole, kRole);
  EXPECT_EQ(PolicyEntry(role, 1700000011),
            "- RoleArn: \"arn:aws:iam::111122223333:role/eng/r\"\n"
            "  IssuedBefore: \"2023-11-14T22:13:31Z\"\n");
  role.reason = "laptop: \"lost\" # 7";
  EXPECT_EQ(PolicyEntry(role, 1700000011),
            "- RoleArn: \"arn:aws:iam::111122223333:role/eng/r\"\n"
            "  IssuedBefore: \"2023-11-14T22:13:31Z\"\n"
            "  Reason: \"laptop: \\\"lost\\\" # 7\"\n");
  EXPECT_EQ(PolicyEntry(Parameters(RevocationKind::kUser, kUser), 1),
            "- UserArn: \"arn:aws:iam::111122223333:user/ana\"\n"
            "  IssuedBefore: \"1970-01-01T00:00:01Z\"\n");
  EXPECT_EQ(PolicyEntry(Parameters(RevocationKind::kAccessKey, kKey), 1),
            "- AccessKeyId: \"AKIAIOSFODNN7EXAMPLE\"\n"
            "  IssuedBefore: \"1970-01-01T00:00:01Z\"\n");
  EXPECT_EQ(PolicyEntry(Parameters(RevocationKind::kSession, "ASIAIOSFODNN7EXAMPLE"), 0),
            "- SessionAccessKeyId: \"ASIAIOSFODNN7EXAMPLE\"\n");
}

TEST_F(SessionRevocationsTest, ListsThoseOfTheAccount) {
  const std::string session = SessionKeyOf(kAccount);
  const auto revoke = [&](store::Located store::RevocationDefinition::*member,
                          std::string_view subject, std::optional<absl::Time> before) {
    store::RevocationDefinition& definition = world.definitions().revocations.emplace_back();
    definition.position = {7, 3};
    definition.*member = {std::string(subject), {7, 3}};
    definition.issued_before = before;
  };
  using Definition = store::RevocationDefinition;
  const absl::Time before = absl::FromUnixSeconds(1699999999);
  revoke(&Definition::role_arn, kRole, before);
  revoke(&Definition::role_arn, "arn:aws:iam::444455556666:role/r", before);
  revoke(&Definition::user_arn, kUser, before);
  revoke(&Definition::access_key_id, kKey, before);
  revoke(&Definition::access_key_id, kOthersKey, before);
  revoke(&Definition::session_access_key_id, session, std::nullopt);
  revoke(&Definition::session_access_key_id, SessionKeyOf(kOther), std::nullopt);
  Publish();

  std::vector<state::Revocation> by_hand(3);
  by_hand[0] = {RevocationKind::kRole,
                std::string(kAccount),
                snapshot->FindRole(kRole)->id,
                5,
                world.clock.Now(),
                "me",
                "why"};
  by_hand[1] = {
      RevocationKind::kUser, std::string(kOther), "AIDAEVE", 5, world.clock.Now(), "", ""};
  by_hand[2] = {
      RevocationKind::kUser, std::string(kAccount), "AIDAGONE", 5, world.clock.Now(), "", ""};
  const auto listed = DescribeRevocations(*account, *snapshot, by_hand);
  std::vector<std::string> subjects;
  for (const RevocationDescription& description : listed) subjects.push_back(description.subject);
  EXPECT_EQ(subjects,
            (std::vector<std::string>{std::string(kRole), std::string(kUser), std::string(kKey),
                                      session, std::string(kRole), "AIDAGONE"}));
  EXPECT_EQ(listed[0].source, "world:7");
  EXPECT_EQ(listed[0].issued_before, before);
  EXPECT_EQ(listed[0].created_by, "");
  EXPECT_EQ(listed[3].issued_before, std::nullopt);
  EXPECT_EQ(listed[4].source, "");
  EXPECT_EQ(listed[4].issued_before, absl::FromUnixSeconds(5));
  EXPECT_EQ(listed[4].created_by, "me");
  EXPECT_EQ(listed[4].reason, "why");
}

}  // namespace
}  // namespace portcullis::engine
