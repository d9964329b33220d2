// The operations of STS as calls of which everything is in order but for one thing.
#ifndef PORTCULLIS_TESTS_UNIT_ENGINE_STS_CALLS_H_
#define PORTCULLIS_TESTS_UNIT_ENGINE_STS_CALLS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/str_cat.h"
#include "tests/unit/engine/federated_world.h"

namespace portcullis::engine {

// User ana may assume role `r`, whose sessions may assume `next`; everything is published. Public,
// for functions in tables.
class StsCallsTest : public FederatedTest {
 public:
  StsCallsTest() {
    World::SetPolicies(&UserNamed("ana"), {Allow("sts:*", "*"), Allow("app:*", "*")});
    world.Role(kAccount, "r", Trust(kAna, kAllStsActions), {Allow("sts:*", "*")});
    world.Role(kAccount, "next", Trust(RoleArn("r"), kAllStsActions)).max_session_duration_seconds =
        43200;
    SetTrust(&RoleNamed("web"),
             FederatedTrust(kProvider, R"("sts:AssumeRoleWithWebIdentity","sts:TagSession")"));
    world.Publish();
  }

  // Each performs one operation of which everything is in order but for what `change` does.
  using Assume = std::function<void(session::AssumeRoleParameters*)>;
  absl::Status AssumeAs(const CallerProof& caller, const Assume& change = {}) {
    session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
    if (change) change(&parameters);
    return world.Assume(caller, parameters).status();
  }
  absl::Status AssumeNextAs(const std::string& token, const Assume& change = {}) {
    session::AssumeRoleParameters parameters = World::Parameters(RoleArn("next"));
    if (change) change(&parameters);
    return world.Assume(World::Token(token), parameters).status();
  }
  absl::Status GetSession(
      const CallerProof& caller,
      const std::function<void(session::SessionTokenParameters*)>& change = {}) {
    session::SessionTokenParameters parameters;
    if (change) change(&parameters);
    return world.sessions.GetSessionToken(caller, parameters, World::TrustedPeer()).status();
  }
  absl::Status Federate(
      const CallerProof& caller,
      const std::function<void(session::FederationTokenParameters*)>& change = {}) {
    session::FederationTokenParameters parameters;
    parameters.name = "fred";
    if (change) change(&parameters);
    return world.sessions.GetFederationToken(caller, parameters, World::TrustedPeer()).status();
  }
  absl::Status Web(const std::function<void(session::WebIdentityParameters*)>& change = {}) {
    session::WebIdentityParameters parameters = WebParameters();
    if (change) change(&parameters);
    return AssumeWeb(parameters).status();
  }
  absl::Status SamlWith(const std::function<void(session::SamlParameters*)>& change = {}) {
    if (world.clock.Now() < federation::SamlTestNow()) MoveToSamlTime();
    session::SamlParameters parameters = SamlRequest();
    if (change) change(&parameters);
    return AssumeSaml(parameters).status();
  }
  absl::Status KeyInfo(std::string_view id) {
    return world.sessions.GetAccessKeyInfo(AnaKey(), std::string(id), World::TrustedPeer())
        .status();
  }
  absl::Status Decode(const std::string& message) {
    return world.sessions.DecodeAuthorizationMessage(AnaKey(), message, World::TrustedPeer())
        .status();
  }

  std::string RoleToken(const Assume& change = {}) {
    session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
    if (change) change(&parameters);
    return AssumedToken(AnaKey(), parameters);
  }

  using FederatedTest::AnaKey;
  using FederatedTest::Ask;
  using FederatedTest::AssumeSaml;
  using FederatedTest::BobKey;
  using FederatedTest::Claims;
  using FederatedTest::Code;
  using FederatedTest::FederationToken;
  using FederatedTest::kAccount;
  using FederatedTest::kAna;
  using FederatedTest::kAnaDevice;
  using FederatedTest::kAnaKey;
  using FederatedTest::kAnaSeed;
  using FederatedTest::kBobSeed;
  using FederatedTest::Key;
  using FederatedTest::Oidc;
  using FederatedTest::RoleArn;
  using FederatedTest::RoleNamed;
  using FederatedTest::RootKey;
  using FederatedTest::SamlRequest;
  using FederatedTest::SessionToken;
  using FederatedTest::SetTrust;
  using FederatedTest::Signed;
  using FederatedTest::UserNamed;
  using FederatedTest::WebParameters;
  World& the_world() { return world; }
};

// Text that deflate makes little of.
inline std::string Noise(size_t size, uint64_t state) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  while (text.size() < size) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text.push_back(kAlphabet[state >> 58]);
  }
  return text;
}

// That many tags with different keys and values.
inline std::vector<session::TagParameter> Tags(size_t count, size_t value_size = 1) {
  std::vector<session::TagParameter> tags;
  for (size_t i = 0; i < count; ++i)
    tags.push_back({base::StrCat("k", i), Noise(value_size, i + 1)});
  return tags;
}

}  // namespace portcullis::engine

#endif  // PORTCULLIS_TESTS_UNIT_ENGINE_STS_CALLS_H_
