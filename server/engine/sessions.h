// Issues and describes sessions end to end: pin, ask the trust policy, apply ceilings, seal,
// record.
#ifndef PORTCULLIS_SERVER_ENGINE_SESSIONS_H_
#define PORTCULLIS_SERVER_ENGINE_SESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/federated_sessions.h"
#include "server/engine/identity_providers.h"
#include "server/engine/issue.h"
#include "server/engine/mfa.h"
#include "server/engine/own_sessions.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/session/sts_parameters.h"
#include "server/session/token_codec.h"
#include "server/state/revocation_log.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

struct CallParts;  // In call_internal.h.

enum class SessionStatus : uint8_t { kUnknown, kValid, kExpired, kRevoked, kPrincipalGone };

// What ValidateSession tells. For kUnknown only `status` and `detail` are set.
struct SessionDescription {
  SessionStatus status = SessionStatus::kUnknown;
  session::SessionKind kind = session::SessionKind::kUnspecified;
  std::string detail;
  std::string principal_arn;
  std::string role_arn;
  std::string user_id;
  std::string account;
  std::string session_name;
  std::string access_key_id;
  absl::Time issue_time;
  absl::Time expiration;
  std::vector<session::SessionTag> principal_tags;  // Role tags overlaid by session tags.
  std::string source_identity;
  std::string federated_provider;
  bool mfa_authenticated = false;
  std::vector<std::string> chain;
  std::string policy_revision;
};

struct CallerIdentity {
  std::string user_id;
  std::string account;
  std::string arn;
};

// What the operations need besides policies and a clock. Not owned; outlive the Sessions.
struct SessionsParts {
  Mfa& mfa;
  Recorder& recorder;
  IdentityProviders& providers;
  Authorizer& authorizer;
  const state::RevocationLog* revocations = nullptr;  // nullptr: none are made by hand.
};

// Thread-safe. Every operation is recorded exactly once, refused ones too.
//
// Statuses carry AWS's error code as base::ReasonOf (section 5.13): "AccessDenied"
// PERMISSION_DENIED; "ValidationError", "InvalidParameterValue", "MalformedPolicyDocument",
// "PackedPolicyTooLarge", "InvalidIdentityToken", "ExpiredTokenException" INVALID_ARGUMENT; and
// UNAUTHENTICATED for a bad proof as Authorizer::Authorize. UNAVAILABLE while nothing is loaded.
class Sessions {
 public:
  Sessions(const store::PolicyStore& store, const base::Clock& clock, const SessionsParts& parts);

  // Checks in the order of.
  absl::StatusOr<AssumedRole> AssumeRole(const CallerProof& caller,
                                         const session::AssumeRoleParameters& parameters,
                                         absl::Span<const ContextInput> context, const Peer& peer);

  //
  absl::StatusOr<session::Credentials> GetSessionToken(
      const CallerProof& caller, const session::SessionTokenParameters& parameters,
      const Peer& peer);

  //
  absl::StatusOr<FederatedUser> GetFederationToken(
      const CallerProof& caller, const session::FederationTokenParameters& parameters,
      const Peer& peer);

  // Unsigned: the proof is among the parameters. The first two may wait for an identity provider,
  // and verify signatures: not for a completion queue's thread.
  absl::StatusOr<WebIdentityRole> AssumeRoleWithWebIdentity(
      const session::WebIdentityParameters& parameters, const Peer& peer);
  absl::StatusOr<SamlRole> AssumeRoleWithSaml(const session::SamlParameters& parameters,
                                              const Peer& peer);
  absl::StatusOr<WorkloadRole> AssumeRoleWithWorkloadIdentity(const WorkloadParameters& parameters,
                                                              const Peer& peer);

  // OK with a status for every token; UNAVAILABLE while nothing is loaded.
  absl::StatusOr<SessionDescription> Validate(std::string_view token, const Peer& peer);

  // Fails only for a bad proof.
  absl::StatusOr<CallerIdentity> GetCallerIdentity(const CallerProof& caller, const Peer& peer);

  // The account of a key: of a long-term one that is declared, whatever its state, and of
  // any session's, since their ids tell the account. UNAUTHENTICATED "InvalidClientTokenId" for
  // unknown ones.
  absl::StatusOr<std::string> GetAccessKeyInfo(const CallerProof& caller,
                                               const std::string& access_key_id, const Peer& peer);

  // The JSON text of. "InvalidAuthorizationMessageException" INVALID_ARGUMENT.
  absl::StatusOr<std::string> DecodeAuthorizationMessage(const CallerProof& caller,
                                                         const std::string& encoded_message,
                                                         const Peer& peer);

 private:
  CallParts call_parts() const;

  const store::PolicyStore& store_;
  const base::Clock& clock_;
  const SessionsParts parts_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_SESSIONS_H_
