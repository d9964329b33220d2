#include "tests/unit/engine/sts_world.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/session/totp.h"

namespace portcullis::engine {
namespace {

using base::Concat;

store::AccessKeyDefinition KeyDefinition(std::string_view id, std::string_view secret) {
  store::AccessKeyDefinition key;
  key.id = {std::string(id), {1, 1}};
  key.secret = secret;
  return key;
}

store::MfaDeviceDefinition Device(std::string_view serial_number, std::string_view seed) {
  store::MfaDeviceDefinition device;
  device.serial_number = {std::string(serial_number), {1, 1}};
  device.seed = seed;
  return device;
}

}  // namespace

StsTest::StsTest() {
  store::AccountDefinition& account = world.Account(kAccount);
  account.root_access_keys.push_back(KeyDefinition(kRootKey, kSecret));
  account.root_mfa_devices.push_back(Device(kRootDevice, kRootSeed));
  world.Account(kOther);
  store::UserDefinition& ana = world.User(kAccount, "ana");
  ana.access_keys.push_back(KeyDefinition(kAnaKey, kSecret));
  ana.mfa_devices.push_back(Device(kAnaDevice, kAnaSeed));
  ana.mfa_devices.push_back(Device(kAnaHardware, kHardwareSeed));
  store::UserDefinition& bob = world.User(kAccount, "bob");
  bob.access_keys.push_back(KeyDefinition(kBobKey, kSecret));
  bob.mfa_devices.push_back(Device(kBobDevice, kBobSeed));
}

std::string StsTest::RoleArn(std::string_view name, std::string_view account) {
  return Concat({"arn:aws:iam::", account, ":role/", name});
}

CallerProof StsTest::Key(std::string_view id) {
  return CallerProof{CallerProof::Kind::kAccessKey, id, kSecret};
}

std::string StsTest::Code(std::string_view seed, int64_t steps) const {
  const std::vector<uint8_t> bytes(seed.begin(), seed.end());
  const int64_t step = absl::ToUnixSeconds(world.clock.Now()) / session::kTotpStepSeconds + steps;
  return session::TotpCode(bytes, static_cast<uint64_t>(step));
}

std::string StsTest::SessionToken(const CallerProof& caller) {
  const auto issued = world.sessions.GetSessionToken(caller, {}, World::TrustedPeer());
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->session_token : "";
}

std::string StsTest::MfaSessionToken(const CallerProof& caller, std::string_view device,
                                     std::string_view seed) {
  session::SessionTokenParameters parameters;
  parameters.serial_number = std::string(device);
  parameters.token_code = Code(seed);
  const auto issued = world.sessions.GetSessionToken(caller, parameters, World::TrustedPeer());
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->session_token : "";
}

std::string StsTest::FederationToken(const CallerProof& caller, std::string_view name,
                                     std::optional<std::string> policy) {
  session::FederationTokenParameters parameters;
  parameters.name = std::string(name);
  parameters.policy = std::move(policy);
  const auto issued = world.sessions.GetFederationToken(caller, parameters, World::TrustedPeer());
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->credentials.session_token : "";
}

std::string StsTest::AssumedToken(const CallerProof& caller,
                                  const session::AssumeRoleParameters& parameters) {
  const auto assumed = world.Assume(caller, parameters);
  EXPECT_TRUE(assumed.ok()) << assumed.status();
  return assumed.ok() ? assumed->credentials.session_token : "";
}

session::SessionClaims StsTest::ClaimsOf(const std::string& token) {
  const auto opened =
      session::OpenToken(token, *world.store.Current()->key_ring(), world.clock.Now());
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *opened : session::SessionClaims();
}

SessionDescription StsTest::Describe(const std::string& token) {
  const auto described = world.sessions.Validate(token, World::TrustedPeer());
  EXPECT_TRUE(described.ok()) << described.status();
  return described.ok() ? *described : SessionDescription();
}

absl::Status StsTest::Ask(const CallerProof& caller, std::string_view action,
                          std::string_view resource) {
  const QueryItem item{action, resource, {}};
  Query query;
  query.caller = caller;
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = World::TrustedPeer();
  Answer answer;
  return world.authorizer.Authorize(query, &answer);
}

store::UserDefinition& StsTest::UserNamed(std::string_view name) {
  for (store::UserDefinition& user : world.definitions().users) {
    if (user.name.text == name) return user;
  }
  ADD_FAILURE() << "no user " << name;
  return world.definitions().users.front();
}

store::RoleDefinition& StsTest::RoleNamed(std::string_view name) {
  for (store::RoleDefinition& role : world.definitions().roles) {
    if (role.name.text == name) return role;
  }
  ADD_FAILURE() << "no role " << name;
  return world.definitions().roles.front();
}

void StsTest::SetTrust(store::RoleDefinition* role, std::string_view document) {
  std::vector<policy::Diagnostic> diagnostics;
  role->trust_policy->policy = policy::CompilePolicyJson(document, policy::PolicyType::kTrust,
                                                         policy::PolicyLimits{}, &diagnostics);
  EXPECT_NE(role->trust_policy->policy, nullptr) << document;
}

std::string StsTest::Conditional(std::string_view effect, std::string_view action,
                                 std::string_view condition) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":")", effect, R"(","Action":")",
                 action, R"(","Resource":"*","Condition":)", condition, "}}"});
}

std::string Outcome(const absl::Status& status) {
  if (status.ok()) return "";
  const absl::string_view message = status.message();
  return Concat({absl::StatusCodeToString(status.code()), " ", base::ReasonOf(status), ": ",
                 std::string_view(message.data(), message.size())});
}

}  // namespace portcullis::engine
