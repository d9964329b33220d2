#include "server/engine/directory.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::engine {
namespace {

using inventory::FindOperation;
using inventory::FindWriteOperation;
using inventory::Parameters;
using ::testing::HasSubstr;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kAdmin = "arn:aws:iam::111122223333:user/admin";
constexpr std::string_view kRoot = "arn:aws:iam::111122223333:root";
constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/r";
constexpr std::string_view kEve = "arn:aws:iam::444455556666:user/eve";
constexpr std::string_view kPlatformPolicy = "arn:aws:iam::aws:policy/AdministratorAccess";

Parameters With(std::string_view name, std::string_view value) {
  Parameters parameters;
  parameters.Set(name, value);
  return parameters;
}

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() {
    world.Account(kAccount);
    world.Account(kOther);
    world.User(kAccount, "admin", {Allow("*", "*")});
    world.User(kAccount, "ana");
    world.Role(kAccount, "r", Trust(kAccount), {Allow("*", "*")});
    world.User(kOther, "eve", {Allow("*", "*")});
    world.Publish();
  }

  // ana's only policy from now on.
  void Grant(const std::string& document) {
    world.SetPolicies(&world.definitions().users[1], {document});
    world.Publish();
  }

  absl::StatusOr<base::Shape> Read(std::string_view caller, std::string_view operation,
                                   const Parameters& parameters = {}) {
    return directory.Read(World::Arn(caller), peer, *FindOperation(operation), parameters);
  }
  std::string Refusal(std::string_view caller, std::string_view operation,
                      const Parameters& parameters = {}) {
    const absl::Status status = Read(caller, operation, parameters).status();
    return status.ok() ? "allowed" : base::ReasonOf(status);
  }
  absl::Status Write(std::string_view caller, std::string_view operation,
                     const Parameters& parameters) {
    return directory.RefuseWrite(World::Arn(caller), peer, *FindWriteOperation(operation),
                                 parameters);
  }

  static state::ActivityOptions Quiet(const base::Clock* clock) {
    state::ActivityOptions options;
    options.flush_interval = absl::InfiniteDuration();
    options.clock = clock;
    return options;
  }

  const Peer peer = World::TrustedPeer();
  World world;
  state::ActivityTracker activity{world.database.get(), Quiet(&world.clock)};
  Recorder recorder{nullptr, nullptr, &activity};
  Authorizer authorizer{world.store, world.clock, recorder, world.revocations.get()};
  Directory directory{
      world.store, world.clock,
      DirectoryParts{authorizer, recorder, activity, world.revocations.get(), &world.providers}};
};

// Well-formed, whatever the parameter; it names nothing that is there.
std::string SomeValueOf(std::string_view parameter) {
  if (parameter.ends_with("Arn")) return "arn:aws:iam::111122223333:policy/none";
  if (parameter == "PolicyInputList") return Allow("s3:*", "*");
  if (parameter == "VersionId") return "v1";
  if (parameter == "SSHPublicKeyId") return "APKAEIBAERJR2EXAMPLE";
  if (parameter == "Encoding") return "SSH";
  return "no-such-name";
}

TEST_F(DirectoryTest, EveryReadNeedsTheActionOfItsName) {
  for (const inventory::Operation& operation : inventory::Operations()) {
    Parameters parameters;
    for (const inventory::ParameterRule& rule : operation.parameters) {
      if (!rule.required) continue;
      parameters.Set(rule.name, SomeValueOf(rule.name));
    }
    const std::string action = "iam:" + std::string(operation.name);
    Grant(Allow("s3:*", "*"));
    const absl::Status refusal =
        directory.Read(World::Arn(kAna), peer, operation, parameters).status();
    EXPECT_EQ(base::ReasonOf(refusal), "AccessDenied") << action;
    EXPECT_THAT(std::string(refusal.message()), HasSubstr("not authorized to perform: " + action));
    Grant(Allow(action, "*"));
    const absl::Status allowed =
        directory.Read(World::Arn(kAna), peer, operation, parameters).status();
    EXPECT_NE(base::ReasonOf(allowed), "AccessDenied") << action << " " << allowed;
    Grant(Deny(action, "*"));
    EXPECT_EQ(
        base::ReasonOf(directory.Read(World::Arn(kAna), peer, operation, parameters).status()),
        "AccessDenied");
  }
}

struct ResourceCase {
  std::string_view resource;  // Of the policy.
  std::string_view operation;
  std::string_view name;  // Of the one parameter.
  std::string_view value;
  std::string_view outcome;
};

TEST_F(DirectoryTest, PermissionOnTheEntityInQuestion) {
  const ResourceCase cases[] = {
      {kAna, "GetUser", "UserName", "ana", "allowed"},
      {kAna, "GetUser", "UserName", "admin", "AccessDenied"},
      {kAna, "GetUser", "UserName", "nobody", "AccessDenied"},
      {"arn:aws:iam::111122223333:user/n*", "GetUser", "UserName", "nobody", "NoSuchEntity"},
      {"arn:aws:iam::111122223333:user/*", "ListUsers", "PathPrefix", "/", "allowed"},
      {"arn:aws:iam::111122223333:user/eng/*", "ListUsers", "PathPrefix", "/eng/", "allowed"},
      {"arn:aws:iam::111122223333:user/eng/*", "ListUsers", "PathPrefix", "/", "AccessDenied"},
      {kRole, "GetRole", "RoleName", "r", "allowed"},
      {"arn:aws:iam::111122223333:*", "GetAccountSummary", "x", "", "AccessDenied"},  // A-43
      {"*", "GetAccountSummary", "x", "", "allowed"},
      // Platform-managed policies belong to whoever asks (R-1.41).
      {"*", "GetPolicy", "PolicyArn", kPlatformPolicy, "allowed"},
      {"arn:aws:iam::aws:policy/*", "GetPolicy", "PolicyArn", kPlatformPolicy, "allowed"},
      {"arn:aws:iam::111122223333:policy/*", "GetPolicy", "PolicyArn", kPlatformPolicy,
       "AccessDenied"},
      // Another account's never do.
      {"*", "GetPolicy", "PolicyArn", "arn:aws:iam::444455556666:policy/p", "AccessDenied"},
  };
  for (const ResourceCase& one : cases) {
    Grant(Allow("iam:" + std::string(one.operation), one.resource));
    EXPECT_EQ(Refusal(kAna, one.operation, With(one.name, one.value)), one.outcome)
        << one.resource << " " << one.operation << " " << one.value;
  }
}

// A perimeter of the organization's own resources keeps the platform's out, as it does at AWS.
TEST_F(DirectoryTest, ThePlatformsPoliciesAreOfNoAccount) {
  const std::string own =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*",)"
      R"("Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}]})";
  Grant(own);
  EXPECT_EQ(Refusal(kAna, "GetPolicy", With("PolicyArn", kPlatformPolicy)), "AccessDenied");
  EXPECT_EQ(Refusal(kAna, "GetUser", With("UserName", "ana")), "allowed");
}

TEST_F(DirectoryTest, OnlyTheCallersAccount) {
  const absl::StatusOr<base::Shape> users = Read(kEve, "ListUsers");
  ASSERT_TRUE(users.ok()) << users.status();
  ASSERT_EQ(users->Find("Users")->members().size(), 1U);
  EXPECT_EQ(users->Find("Users")->members()[0].value.Find("Arn")->text(), kEve);
  EXPECT_EQ(Refusal(kEve, "GetUser", With("UserName", "ana")), "NoSuchEntity");
  EXPECT_EQ(Refusal(kEve, "GetContextKeysForPrincipalPolicy", With("PolicySourceArn", kAna)),
            "AccessDenied");
}

TEST_F(DirectoryTest, WhoCalls) {
  const auto arn = [&](const absl::StatusOr<base::Shape>& result) {
    return result.ok() ? result->Find("User")->Find("Arn")->text()
                       : base::ReasonOf(result.status());
  };
  EXPECT_EQ(arn(Read(kAdmin, "GetUser")), kAdmin);
  EXPECT_EQ(arn(Read(kRoot, "GetUser")), kRoot);
  EXPECT_EQ(Refusal(kRoot, "GetPolicy", With("PolicyArn", kPlatformPolicy)), "allowed");
  const auto role = world.Assume(World::Arn(kAdmin), World::Parameters(kRole));
  ASSERT_TRUE(role.ok()) << role.status();
  const CallerProof session = World::Token(role->credentials.session_token);
  EXPECT_EQ(arn(directory.Read(session, peer, *FindOperation("GetUser"), {})), "ValidationError");
  EXPECT_EQ(arn(directory.Read(session, peer, *FindOperation("GetUser"), With("UserName", "ana"))),
            kAna);
  EXPECT_EQ(Refusal("s3.amazonaws.com", "ListUsers"), "AccessDenied");
  const absl::Status nonsense =
      directory.Read(World::Token("nonsense"), peer, *FindOperation("ListUsers"), {}).status();
  EXPECT_TRUE(absl::IsUnauthenticated(nonsense)) << nonsense;
}

TEST_F(DirectoryTest, MetadataIsShownWithItsEnd) {  // R-1.20
  store::SamlProviderDefinition& provider = world.definitions().saml_providers.emplace_back();
  provider.account = {std::string(kAccount), {1, 1}};
  provider.name = {"corp", {1, 1}};
  provider.metadata.text = std::make_shared<const std::string>(federation::SamlReplace(
      federation::SamlTestMetadataXml({federation::SamlTestKey::Provider().certificate()}),
      " entityID=", " validUntil=\"2030-01-31T00:00:00Z\" entityID="));
  world.Publish();
  const Parameters corp = With("SAMLProviderArn", "arn:aws:iam::111122223333:saml-provider/corp");
  const auto shown = Read(kAdmin, "GetSAMLProvider", corp);
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_NE(shown->Find("ValidUntil"), nullptr);
  EXPECT_EQ(shown->Find("ValidUntil")->time(), absl::FromUnixSeconds(1896048000));
  // Without providers at work nobody reads it.
  Directory other(world.store, world.clock, DirectoryParts{authorizer, recorder, activity});
  const auto unread = other.Read(World::Arn(kAdmin), peer, *FindOperation("GetSAMLProvider"), corp);
  ASSERT_TRUE(unread.ok()) << unread.status();
  EXPECT_EQ(unread->Find("ValidUntil"), nullptr);
}

TEST_F(DirectoryTest, SessionsThatMayNotCallIam) {  // R-5.13, A-77
  const auto session = world.sessions.GetSessionToken(World::Arn(kAdmin), {}, peer);
  session::FederationTokenParameters federation;
  federation.name = "Guest";
  federation.policy = Allow("iam:*", "*");
  const auto federated = world.sessions.GetFederationToken(World::Arn(kAdmin), federation, peer);
  ASSERT_TRUE(session.ok()) << session.status();
  ASSERT_TRUE(federated.ok()) << federated.status();
  for (const std::string& token : {session->session_token, federated->credentials.session_token}) {
    const CallerProof proof = World::Token(token);
    // Before parameters are looked at.
    EXPECT_EQ(base::ReasonOf(directory.Read(proof, peer, *FindOperation("GetRole"), {}).status()),
              "InvalidClientTokenId");
    EXPECT_EQ(base::ReasonOf(directory.RefuseWrite(proof, peer, *FindWriteOperation("DeleteRole"),
                                                   With("RoleName", "r"))),
              "InvalidClientTokenId");
  }
}

TEST_F(DirectoryTest, ParametersBeforePermission) {
  EXPECT_EQ(Refusal(kAna, "GetRole"), "ValidationError");
  EXPECT_EQ(Refusal(kAna, "ListUsers", With("MaxItems", "0")), "ValidationError");
  EXPECT_EQ(Refusal(kAna, "GetPolicy", With("PolicyArn", "no-arn-but-twenty-characters")),
            "InvalidInput");
}

TEST_F(DirectoryTest, ReadsCountAsUses) {  // R-8.27
  EXPECT_EQ(Refusal(kAna, "ListUsers"), "AccessDenied");
  const store::User& ana = *world.store.Current()->FindUser(kAna);
  const auto uses =
      activity.ServicesUsedBy(kAccount, state::EntityKind::kUser, ana.id, /*with_actions=*/true);
  ASSERT_TRUE(uses.ok()) << uses.status();
  ASSERT_EQ(uses->size(), 1U);
  EXPECT_EQ(uses->front().service, "iam");
  EXPECT_EQ(uses->front().actions.front().action, "ListUsers");
}

TEST_F(DirectoryTest, WritesAreRefusedWithTheFileToEdit) {
  const Parameters ana = With("UserName", "ana");
  const absl::Status denied = Write(kAna, "DeleteUser", ana);
  EXPECT_EQ(base::ReasonOf(denied), "AccessDenied");
  EXPECT_THAT(
      std::string(denied.message()),
      HasSubstr("not authorized to perform: iam:DeleteUser on resource: " + std::string(kAna)));
  const absl::Status refused = Write(kAdmin, "DeleteUser", ana);
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_EQ(base::ReasonOf(refused), "AccessDenied");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Edit the user `ana` in world, line 1."));
  EXPECT_EQ(base::ReasonOf(Write(kAdmin, "DeleteUser", {})), "ValidationError");
  EXPECT_EQ(base::ReasonOf(Write(kAdmin, "CreateAccountAlias", {})), "AccessDenied");
}

TEST_F(DirectoryTest, NothingIsLoaded) {
  const store::PolicyStore empty;
  Directory early(empty, world.clock, DirectoryParts{authorizer, recorder, activity, nullptr});
  const absl::Status status =
      early.Read(World::Arn(kAna), peer, *FindOperation("ListUsers"), {}).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
}

}  // namespace
}  // namespace portcullis::engine
