// A small hand-made world for the engine's tests: entities in C++, no files.
#ifndef PORTCULLIS_TESTS_UNIT_ENGINE_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_ENGINE_WORLD_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/identity_providers.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/state/database.h"
#include "server/state/revocation_log.h"
#include "server/store/definitions.h"
#include "server/store/policy_store.h"
#include "server/store/snapshot_builder.h"

namespace portcullis::engine {

// A clock that stands still until it is moved.
class ManualClock : public base::Clock {
 public:
  absl::Time Now() const override { return now_; }
  void Advance(absl::Duration duration) { now_ += duration; }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1700000010);  // A multiple of 30: a TOTP step begins.
};

// Collects definitions and publishes them. Fails the test on any diagnostic.
class World {
 public:
  World();

  store::AccountDefinition& Account(std::string_view id);
  store::UserDefinition& User(std::string_view account, std::string_view name,
                              const std::vector<std::string>& policies = {});
  store::GroupDefinition& Group(std::string_view account, std::string_view name,
                                const std::vector<std::string>& policies = {});
  store::RoleDefinition& Role(std::string_view account, std::string_view name,
                              std::string_view trust,
                              const std::vector<std::string>& policies = {});
  store::ManagedPolicyDefinition& ManagedPolicy(std::string_view account, std::string_view name,
                                                std::string_view document);
  store::ResourceDefinition& Resource(std::string_view account, std::string_view arn,
                                      std::string_view policy = {});
  store::FileDefinitions& definitions() { return *file_; }

  // Replaces every inline policy of a user or role.
  static void SetPolicies(store::EntityDefinition* entity,
                          const std::vector<std::string>& policies);

  // Builds and publishes what is there now; may be called again after changes.
  void Publish();

  // Shorthands for questions by a trusted peer.
  static Peer TrustedPeer();
  policy::Effect Decide(const CallerProof& caller, std::string_view action,
                        std::string_view resource, std::string* reason = nullptr);
  policy::Effect DecideFor(std::string_view principal_arn, std::string_view action,
                           std::string_view resource, std::string* reason = nullptr);
  absl::StatusOr<AssumedRole> Assume(const CallerProof& caller,
                                     const session::AssumeRoleParameters& parameters);

  static CallerProof Arn(std::string_view arn);
  static CallerProof Token(std::string_view token);
  static session::AssumeRoleParameters Parameters(std::string_view role_arn,
                                                  std::string_view session_name = "session");

  std::unique_ptr<state::Database> database;
  ManualClock clock;
  store::PolicyStore store;
  Recorder recorder{nullptr, nullptr};
  Mfa mfa;
  std::unique_ptr<state::RevocationLog> revocations;
  Authorizer authorizer;
  IdentityProviders providers{clock, nullptr, {}};
  Sessions sessions;

 private:
  std::shared_ptr<store::FileDefinitions> file_;
  std::shared_ptr<const session::KeyRing> ring_;
  int generation_ = 0;
};

// One allow or deny statement as an identity policy.
std::string Allow(std::string_view action, std::string_view resource);
std::string Deny(std::string_view action, std::string_view resource);
// A trust policy that admits `principal` ("AWS" entry) to `actions` (JSON text), with an optional
// Condition member.
std::string Trust(std::string_view principal, std::string_view actions = R"("sts:AssumeRole")",
                  std::string_view condition = {});

}  // namespace portcullis::engine

#endif  // PORTCULLIS_TESTS_UNIT_ENGINE_WORLD_H_
