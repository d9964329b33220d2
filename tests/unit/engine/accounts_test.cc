#include "server/engine/accounts.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kAdmin = "arn:aws:iam::111122223333:user/admin";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/r";
constexpr std::string_view kEve = "arn:aws:iam::444455556666:user/eve";
constexpr std::string_view kKey = "AKIAIOSFODNN7EXAMPLE";
constexpr std::string_view kRootKey = "AKIAROOTROOTROOTROOT";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

store::AccessKeyDefinition Key(std::string_view id) {
  store::AccessKeyDefinition key;
  key.id = {std::string(id), {}};
  key.secret = kSecret;
  return key;
}

CallerProof KeyProof(std::string_view id) {
  return CallerProof{CallerProof::Kind::kAccessKey, id, kSecret};
}

std::string Refusal(const absl::Status& status) {
  return status.ok() ? "allowed" : base::ReasonOf(status);
}

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    world.Account(kAccount).root_access_keys.push_back(Key(kRootKey));
    world.Account(kOther);
    world.User(kAccount, "admin", {Allow("*", "*")});
    world.User(kAccount, "ana", {Allow("s3:*", "*"), Allow("sts:*", "*")})
        .access_keys.push_back(Key(kKey));
    world.Role(kAccount, "r", Trust(kAccount), {Allow("*", "*")});
    world.User(kOther, "eve", {Allow("*", "*")});
    world.Publish();
  }

  RevokeSessionsParameters Revoke(RevocationKind kind, std::string_view subject) {
    RevokeSessionsParameters parameters;
    parameters.kind = kind;
    parameters.subject = std::string(subject);
    parameters.reason = "laptop lost";
    return parameters;
  }

  std::string AssumedToken(const CallerProof& caller, std::string* key_id = nullptr) {
    const auto assumed = world.Assume(caller, World::Parameters(kRole));
    EXPECT_TRUE(assumed.ok()) << assumed.status();
    if (!assumed.ok()) return {};
    if (key_id != nullptr) *key_id = assumed->credentials.access_key_id;
    return assumed->credentials.session_token;
  }

  bool Works(std::string_view token) {
    return world.Decide(World::Token(token), "s3:GetObject", "arn:aws:s3:::b/x") ==
           policy::Effect::kAllow;
  }

  static state::ActivityOptions Quiet(const base::Clock* clock) {
    state::ActivityOptions options;
    options.flush_interval = absl::InfiniteDuration();
    options.clock = clock;
    return options;
  }

  const CallerProof admin = World::Arn(kAdmin);
  const CallerProof ana = World::Arn(kAna);
  const CallerProof eve = World::Arn(kEve);
  const Peer peer = World::TrustedPeer();

  World world;
  state::ActivityTracker activity{world.database.get(), Quiet(&world.clock)};
  state::ReportStore reports{world.database.get()};
  Recorder recorder{nullptr, nullptr, &activity};
  Authorizer authorizer{world.store, world.clock, recorder, world.revocations.get()};
  Accounts accounts{world.store, world.clock,
                    AccountsParts{authorizer, recorder, activity, reports, *world.revocations}};
};

// How each operation ends for a caller.
std::vector<std::pair<std::string, absl::Status>> CallAll(Accounts& accounts,
                                                          const CallerProof& caller,
                                                          const Peer& peer) {
  RevokeSessionsParameters revoke;
  revoke.kind = RevocationKind::kRole;
  revoke.subject = std::string(kRole);
  const auto level = Granularity::kServiceLevel;
  return {
      {"portcullis:RevokeSessions", accounts.RevokeSessions(caller, revoke, peer).status()},
      {"portcullis:ListRevocations", accounts.ListRevocations(caller, peer).status()},
      {"iam:GetAccountPasswordPolicy", accounts.GetAccountPasswordPolicy(caller, peer).status()},
      {"iam:GenerateCredentialReport", accounts.GenerateCredentialReport(caller, peer).status()},
      {"iam:GetCredentialReport", accounts.GetCredentialReport(caller, peer).status()},
      {"iam:GetAccessKeyLastUsed", accounts.GetAccessKeyLastUsed(caller, kKey, peer).status()},
      {"iam:GenerateServiceLastAccessedDetails",
       accounts.GenerateServiceLastAccessedDetails(caller, kAna, level, peer).status()},
      {"iam:GetServiceLastAccessedDetails",
       accounts.GetServiceLastAccessedDetails(caller, "x", peer).status()},
      {"iam:GetServiceLastAccessedDetailsWithEntities",
       accounts.GetServiceLastAccessedDetailsWithEntities(caller, "x", "s3", peer).status()},
      {"iam:ListPoliciesGrantingServiceAccess",
       accounts.ListPoliciesGrantingServiceAccess(caller, kAna, {"s3"}, peer).status()},
  };
}

TEST_F(AccountsTest, EveryCallNeedsTheActionOfItsName) {
  for (const auto& [action, status] : CallAll(accounts, ana, peer)) {
    EXPECT_EQ(Refusal(status), "AccessDenied") << action;
    EXPECT_THAT(std::string(status.message()), HasSubstr(action));
  }
  EXPECT_TRUE(world.revocations->List().empty());
  for (const auto& [action, status] : CallAll(accounts, ana, peer)) {
    world.SetPolicies(&world.definitions().users[1], {Allow(action, "*")});
    world.Publish();
    for (const auto& [other, result] : CallAll(accounts, ana, peer)) {
      EXPECT_EQ(Refusal(result) == "AccessDenied", action != other) << action << " " << other;
    }
  }
}

TEST_F(AccountsTest, CallersNeedAnAccountAndAProof) {
  for (const auto& [action, status] : CallAll(accounts, World::Arn("s3.amazonaws.com"), peer)) {
    EXPECT_EQ(Refusal(status), "AccessDenied") << action;
  }
  for (const auto& [action, status] : CallAll(accounts, World::Token("forged"), peer)) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << action;
  }
  const store::PolicyStore nothing;
  Accounts unloaded{nothing, world.clock,
                    AccountsParts{authorizer, recorder, activity, reports, *world.revocations}};
  for (const auto& [action, status] : CallAll(unloaded, admin, peer)) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << action;
  }
}

TEST_F(AccountsTest, SessionsWithoutMfaMayNotCallIam) {
  world.SetPolicies(&world.definitions().users[1], {Allow("*", "*")});
  world.Publish();
  const auto session = world.sessions.GetSessionToken(KeyProof(kKey), {}, peer);
  ASSERT_TRUE(session.ok()) << session.status();
  session::FederationTokenParameters federated;
  federated.name = "Bob";
  federated.policy = Allow("*", "*");
  const auto user = world.sessions.GetFederationToken(KeyProof(kKey), federated, peer);
  ASSERT_TRUE(user.ok()) << user.status();
  for (const std::string& token : {session->session_token, user->credentials.session_token}) {
    for (const auto& [action, status] : CallAll(accounts, World::Token(token), peer)) {
      const bool is_iam = action.substr(0, 4) == "iam:";
      EXPECT_EQ(Refusal(status) == "InvalidClientTokenId", is_iam) << action << " " << status;
      EXPECT_EQ(status.code() == absl::StatusCode::kUnauthenticated, is_iam) << action;
    }
  }
  world.clock.Advance(absl::Seconds(1));  // The role's sessions were revoked above.
  const std::string role_token = AssumedToken(ana);
  EXPECT_TRUE(accounts.GenerateCredentialReport(World::Token(role_token), peer).ok());
}

TEST_F(AccountsTest, RevokesTheSessionsOfARole) {
  const std::string before = AssumedToken(ana);
  ASSERT_TRUE(Works(before));
  const auto revoked = accounts.RevokeSessions(admin, Revoke(RevocationKind::kRole, kRole), peer);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_FALSE(Works(before));
  EXPECT_EQ(revoked->revocation.subject, kRole);
  EXPECT_EQ(revoked->revocation.created_by, kAdmin);
  EXPECT_EQ(revoked->revocation.reason, "laptop lost");
  EXPECT_EQ(revoked->revocation.issued_before, world.clock.Now() + absl::Seconds(1));
  EXPECT_THAT(revoked->policy_entry, HasSubstr("- RoleArn: \"arn:aws:iam::111122223333:role/r\""));
  EXPECT_FALSE(revoked->durable);  // The database of this test is in memory.
  world.clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(Works(AssumedToken(ana)));
  const auto listed = accounts.ListRevocations(admin, peer);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->at(0).subject, kRole);
  EXPECT_TRUE(accounts.ListRevocations(eve, peer)->empty());
}

TEST_F(AccountsTest, RevokesOneSessionAndThoseOfAKey) {
  std::string first_key;
  const std::string first = AssumedToken(KeyProof(kKey), &first_key);
  const std::string second = AssumedToken(KeyProof(kKey));
  const std::string without_key = AssumedToken(ana);
  EXPECT_EQ(
      Refusal(
          accounts.RevokeSessions(eve, Revoke(RevocationKind::kSession, first_key), peer).status()),
      "AccessDenied");
  EXPECT_TRUE(Works(first));
  const auto one =
      accounts.RevokeSessions(admin, Revoke(RevocationKind::kSession, first_key), peer);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->revocation.issued_before, std::nullopt);
  EXPECT_FALSE(Works(first));
  EXPECT_TRUE(Works(second));
  ASSERT_TRUE(accounts.RevokeSessions(admin, Revoke(RevocationKind::kAccessKey, kKey), peer).ok());
  EXPECT_FALSE(Works(second));
  EXPECT_TRUE(Works(without_key));
}

TEST_F(AccountsTest, RevokesWhatAUserMadeForItself) {
  const auto own = world.sessions.GetSessionToken(KeyProof(kKey), {}, peer);
  ASSERT_TRUE(own.ok()) << own.status();
  const std::string role_session = AssumedToken(KeyProof(kKey));
  ASSERT_TRUE(Works(own->session_token));
  ASSERT_TRUE(accounts.RevokeSessions(admin, Revoke(RevocationKind::kUser, kAna), peer).ok());
  EXPECT_FALSE(Works(own->session_token));
  EXPECT_TRUE(Works(role_session));  // It belongs to the role.
  EXPECT_EQ(world.DecideFor(kAna, "s3:GetObject", "arn:aws:s3:::b/x"), policy::Effect::kAllow);
}

TEST_F(AccountsTest, RevokingIsAskedAboutTheSubject) {
  const auto allow_on = [this](std::string_view resource) {
    world.SetPolicies(&world.definitions().users[1],
                      {Allow("portcullis:RevokeSessions", resource)});
    world.Publish();
  };
  struct Case {
    RevocationKind kind;
    std::string_view subject;
    std::string_view resource;
  };
  for (const Case& test :
       {Case{RevocationKind::kRole, kRole, kRole}, Case{RevocationKind::kUser, kAdmin, kAdmin},
        Case{RevocationKind::kAccessKey, kKey, kAna},
        Case{RevocationKind::kAccessKey, kRootKey, "arn:aws:iam::111122223333:*"}}) {
    allow_on("arn:aws:iam::111122223333:user/someone-else");
    EXPECT_EQ(Refusal(accounts.RevokeSessions(ana, Revoke(test.kind, test.subject), peer).status()),
              "AccessDenied")
        << test.subject;
    allow_on(test.resource);
    EXPECT_TRUE(accounts.RevokeSessions(ana, Revoke(test.kind, test.subject), peer).ok())
        << test.subject;
  }
  EXPECT_EQ(
      Refusal(accounts.RevokeSessions(eve, Revoke(RevocationKind::kRole, kRole), peer).status()),
      "AccessDenied");  // Another account's, whatever Eve's policies say.
}

TEST_F(AccountsTest, PasswordPolicy) {
  EXPECT_EQ(Refusal(accounts.GetAccountPasswordPolicy(admin, peer).status()), "NoSuchEntity");
  world.definitions().accounts[0].password_policy.emplace().policy.max_password_age_days = 90;
  world.Publish();
  const auto rules = accounts.GetAccountPasswordPolicy(admin, peer);
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ(rules->minimum_password_length, 6);
  EXPECT_TRUE(rules->expire_passwords());
  EXPECT_EQ(Refusal(accounts.GetAccountPasswordPolicy(eve, peer).status()), "NoSuchEntity");
}

TEST_F(AccountsTest, CredentialReportsAreKeptForFourHours) {
  EXPECT_EQ(Refusal(accounts.GetCredentialReport(admin, peer).status()), "ReportNotPresent");
  const auto started = accounts.GenerateCredentialReport(admin, peer);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_TRUE(started->started);
  EXPECT_EQ(started->description, "No report exists. Starting a new report generation task");
  const auto first = accounts.GetCredentialReport(admin, peer);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->generated, world.clock.Now());
  EXPECT_THAT(first->content, HasSubstr("\nana,"));

  world.User(kAccount, "newcomer");
  world.Publish();
  world.clock.Advance(absl::Hours(4) - absl::Seconds(1));
  EXPECT_FALSE(accounts.GenerateCredentialReport(admin, peer)->started);
  EXPECT_EQ(accounts.GetCredentialReport(admin, peer)->content, first->content);

  world.clock.Advance(absl::Seconds(1));
  const auto expired = accounts.GetCredentialReport(admin, peer);
  EXPECT_EQ(Refusal(expired.status()), "ReportExpired");
  EXPECT_EQ(expired.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(accounts.GenerateCredentialReport(admin, peer)->started);
  EXPECT_THAT(accounts.GetCredentialReport(admin, peer)->content, HasSubstr("\nnewcomer,"));
  EXPECT_EQ(Refusal(accounts.GetCredentialReport(eve, peer).status()), "ReportNotPresent");
}

TEST_F(AccountsTest, LastUseOfAKey) {
  auto used = accounts.GetAccessKeyLastUsed(admin, kKey, peer);
  ASSERT_TRUE(used.ok()) << used.status();
  EXPECT_EQ(used->user_name, "ana");
  EXPECT_EQ(used->last, std::nullopt);
  EXPECT_EQ(used->region, "N/A");
  EXPECT_EQ(used->service, "N/A");
  EXPECT_EQ(Refusal(accounts.GetAccessKeyLastUsed(KeyProof(kKey), kKey, peer).status()),
            "AccessDenied");  // Which is a use.
  used = accounts.GetAccessKeyLastUsed(admin, kKey, peer);
  ASSERT_TRUE(used.ok()) << used.status();
  EXPECT_EQ(used->last, world.clock.Now());
  EXPECT_EQ(used->region, "N/A");  // IAM is not regional.
  EXPECT_EQ(used->service, "iam");
  EXPECT_EQ(accounts.GetAccessKeyLastUsed(admin, kRootKey, peer)->user_name, "<root_account>");
  EXPECT_EQ(Refusal(accounts.GetAccessKeyLastUsed(admin, "AKIAUNKNOWNUNKNOWN12", peer).status()),
            "NoSuchEntity");
  EXPECT_EQ(Refusal(accounts.GetAccessKeyLastUsed(eve, kKey, peer).status()), "NoSuchEntity");
}

TEST_F(AccountsTest, LastAccessedDetails) {
  ASSERT_TRUE(accounts.GetAccessKeyLastUsed(admin, kKey, peer).ok());  // A use of iam by admin.
  const auto job =
      accounts.GenerateServiceLastAccessedDetails(admin, kAdmin, Granularity::kActionLevel, peer);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->size(), 36u);
  const auto details = accounts.GetServiceLastAccessedDetails(admin, *job, peer);
  ASSERT_TRUE(details.ok()) << details.status();
  EXPECT_EQ(details->granularity, Granularity::kActionLevel);
  EXPECT_EQ(details->created, world.clock.Now());
  const ServiceAccess* iam = details->report.Find("iam");
  ASSERT_NE(iam, nullptr);
  ASSERT_EQ(iam->members.size(), 1u);
  EXPECT_EQ(iam->actions[0].action, "GenerateServiceLastAccessedDetails");
  EXPECT_TRUE(details->report.Find("s3")->members.empty());

  const auto entities =
      accounts.GetServiceLastAccessedDetailsWithEntities(admin, *job, "IAM", peer);
  ASSERT_TRUE(entities.ok()) << entities.status();
  ASSERT_EQ(entities->entities.size(), 1u);
  EXPECT_EQ(entities->entities[0].entity.arn, kAdmin);
  EXPECT_EQ(entities->entities[0].last, world.clock.Now());
  const auto unused = accounts.GetServiceLastAccessedDetailsWithEntities(admin, *job, "s3", peer);
  ASSERT_TRUE(unused.ok()) << unused.status();
  ASSERT_EQ(unused->entities.size(), 1u);
  EXPECT_EQ(unused->entities[0].last, std::nullopt);
  EXPECT_TRUE(accounts.GetServiceLastAccessedDetailsWithEntities(admin, *job, "unlisted", peer)
                  ->entities.empty());
}

TEST_F(AccountsTest, OnlyWhoAskedMayRead) {
  world.SetPolicies(&world.definitions().users[1], {Allow("*", "*")});
  world.Publish();
  const auto generate = [&](const CallerProof& caller) {
    return *accounts.GenerateServiceLastAccessedDetails(caller, kRole, Granularity::kServiceLevel,
                                                        peer);
  };
  const auto read = [&](const CallerProof& caller, const std::string& job) {
    const std::string details =
        Refusal(accounts.GetServiceLastAccessedDetails(caller, job, peer).status());
    const auto entities =
        accounts.GetServiceLastAccessedDetailsWithEntities(caller, job, "s3", peer);
    EXPECT_EQ(Refusal(entities.status()), details);
    return details;
  };
  const std::string admins = generate(admin);
  EXPECT_EQ(read(admin, admins), "allowed");
  EXPECT_EQ(read(ana, admins), "NoSuchEntity");
  EXPECT_EQ(read(eve, admins), "NoSuchEntity");
  // A role is one principal in all its sessions.
  const std::string first = AssumedToken(admin);
  const std::string second = AssumedToken(ana);
  const std::string roles = generate(World::Token(first));
  EXPECT_EQ(read(World::Token(second), roles), "allowed");
  EXPECT_EQ(read(admin, roles), "NoSuchEntity");
  EXPECT_NE(admins, generate(admin));
}

TEST_F(AccountsTest, ReportsAreAboutTheCallersAccount) {
  const auto level = Granularity::kServiceLevel;
  EXPECT_EQ(Refusal(accounts.GenerateServiceLastAccessedDetails(eve, kAna, level, peer).status()),
            "AccessDenied");
  constexpr std::string_view kNobody = "arn:aws:iam::111122223333:user/nobody";
  EXPECT_EQ(
      Refusal(accounts.GenerateServiceLastAccessedDetails(admin, kNobody, level, peer).status()),
      "NoSuchEntity");
  EXPECT_EQ(Refusal(accounts.GenerateServiceLastAccessedDetails(admin, "*", level, peer).status()),
            "InvalidInput");
  EXPECT_TRUE(accounts
                  .GenerateServiceLastAccessedDetails(
                      admin, "arn:aws:iam::aws:policy/AdministratorAccess", level, peer)
                  .ok());
}

TEST_F(AccountsTest, PoliciesGrantingServiceAccess) {
  const auto grants = accounts.ListPoliciesGrantingServiceAccess(admin, kAna, {"S3", "ec2"}, peer);
  ASSERT_TRUE(grants.ok()) << grants.status();
  ASSERT_EQ(grants->size(), 2u);
  EXPECT_EQ(grants->at(0).service, "S3");
  ASSERT_EQ(grants->at(0).policies.size(), 1u);
  EXPECT_EQ(grants->at(0).policies[0].name, "p0");
  EXPECT_EQ(grants->at(1).service, "ec2");
  EXPECT_TRUE(grants->at(1).policies.empty());

  const auto refusal = [&](std::string_view arn, const std::vector<std::string>& services) {
    return Refusal(accounts.ListPoliciesGrantingServiceAccess(admin, arn, services, peer).status());
  };
  EXPECT_EQ(refusal(kAna, {}), "InvalidInput");
  EXPECT_EQ(refusal(kAna, std::vector<std::string>(200, "s3")), "allowed");
  EXPECT_EQ(refusal(kAna, std::vector<std::string>(201, "s3")), "InvalidInput");
  EXPECT_EQ(refusal(kAna, {std::string(64, 'a')}), "allowed");
  EXPECT_EQ(refusal(kAna, {std::string(65, 'a')}), "InvalidInput");
  EXPECT_EQ(refusal(kAna, {""}), "InvalidInput");
  EXPECT_EQ(refusal(kAna, {"s3:*"}), "InvalidInput");
  EXPECT_EQ(refusal("ana", {"s3"}), "InvalidInput");
  EXPECT_EQ(refusal("arn:aws:iam::111122223333:group/none", {"s3"}), "NoSuchEntity");
}

}  // namespace
}  // namespace portcullis::engine
