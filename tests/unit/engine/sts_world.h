// The world of the tests about sessions: users with keys and devices, and short ways to ask.
#ifndef PORTCULLIS_TESTS_UNIT_ENGINE_STS_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_ENGINE_STS_WORLD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/engine/world.h"

namespace portcullis::engine {

// Two accounts. In the first one: users ana and bob with a key and a device each, and root with
// both. Nothing is published yet.
class StsTest : public testing::Test {
 protected:
  static constexpr std::string_view kAccount = "111122223333";
  static constexpr std::string_view kOther = "444455556666";
  static constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
  static constexpr std::string_view kRoot = "arn:aws:iam::111122223333:root";
  static constexpr std::string_view kAnaKey = "AKIAIOSFODNN7EXAMPLE";
  static constexpr std::string_view kBobKey = "AKIAI44QH8DHBEXAMPLE";
  static constexpr std::string_view kRootKey = "AKIAROOTROOTEXAMPLE1";
  static constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  static constexpr std::string_view kAnaDevice = "arn:aws:iam::111122223333:mfa/ana";
  static constexpr std::string_view kAnaHardware = "GAHT12345678";
  static constexpr std::string_view kBobDevice = "arn:aws:iam::111122223333:mfa/bob";
  static constexpr std::string_view kRootDevice = "arn:aws:iam::111122223333:mfa/root-account";
  static constexpr std::string_view kAnaSeed = "12345678901234567890";
  static constexpr std::string_view kHardwareSeed = "hardware-seed-hardware";
  static constexpr std::string_view kBobSeed = "bob-bob-bob-bob-bob-bob";
  static constexpr std::string_view kRootSeed = "root-root-root-root-root";
  static constexpr std::string_view kAllStsActions =
      R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")";

  StsTest();

  static std::string RoleArn(std::string_view name, std::string_view account = kAccount);

  // Long-term credentials.
  static CallerProof Key(std::string_view id);
  static CallerProof AnaKey() { return Key(kAnaKey); }
  static CallerProof BobKey() { return Key(kBobKey); }
  static CallerProof RootKey() { return Key(kRootKey); }

  // The code that a device shows now, or some steps from now.
  std::string Code(std::string_view seed, int64_t steps = 0) const;

  // Each must succeed; a token.
  std::string SessionToken(const CallerProof& caller);
  std::string MfaSessionToken(const CallerProof& caller, std::string_view device,
                              std::string_view seed);
  std::string FederationToken(const CallerProof& caller, std::string_view name,
                              std::optional<std::string> policy = std::nullopt);
  std::string AssumedToken(const CallerProof& caller,
                           const session::AssumeRoleParameters& parameters);
  std::string AssumedToken(const CallerProof& caller, std::string_view role_arn) {
    return AssumedToken(caller, World::Parameters(role_arn));
  }

  // What a token says, read without regard to expiry and principals.
  session::SessionClaims ClaimsOf(const std::string& token);
  SessionDescription Describe(const std::string& token);

  // The status of one question, and its effect where there is an answer.
  absl::Status Ask(const CallerProof& caller, std::string_view action,
                   std::string_view resource = "*");
  policy::Effect Decide(const CallerProof& caller, std::string_view action,
                        std::string_view resource = "*") {
    return world.Decide(caller, action, resource);
  }
  policy::Effect DecideToken(const std::string& token, std::string_view action,
                             std::string_view resource = "*") {
    return world.Decide(World::Token(token), action, resource);
  }

  store::UserDefinition& UserNamed(std::string_view name);
  store::RoleDefinition& RoleNamed(std::string_view name);
  static void SetTrust(store::RoleDefinition* role, std::string_view document);

  // A statement of an identity policy with a condition.
  static std::string Conditional(std::string_view effect, std::string_view action,
                                 std::string_view condition);

  World world;
};

// "" if OK; otherwise "CODE reason: message", what a test compares.
std::string Outcome(const absl::Status& status);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_TESTS_UNIT_ENGINE_STS_WORLD_H_
