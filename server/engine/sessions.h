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
#include "server/engine/mfa.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/session/sts_parameters.h"
#include "server/session/token_codec.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

// What AssumeRole returns.
struct AssumedRole {
  session::Credentials credentials;
  std::string assumed_role_arn;
  std::string assumed_role_id;  // AROA...:session
  std::optional<int32_t> packed_policy_size;
  std::string source_identity;
};

enum class SessionStatus : uint8_t { kUnknown, kValid, kExpired, kRevoked, kPrincipalGone };

// What ValidateSession tells. For kUnknown only `status` and `detail` are set.
struct SessionDescription {
  SessionStatus status = SessionStatus::kUnknown;
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
  bool mfa_authenticated = false;
  std::vector<std::string> chain;
  std::string policy_revision;
};

struct CallerIdentity {
  std::string user_id;
  std::string account;
  std::string arn;
};

// Thread-safe. Every operation is recorded exactly once, refused ones too.
class Sessions {
 public:
  // All outlive the object. Not owned.
  Sessions(const store::PolicyStore& store, const base::Clock& clock, Mfa& mfa, Recorder& recorder);

  // Checks in the order of. Statuses carry AWS's error code as base::ReasonOf:
  // "AccessDenied" PERMISSION_DENIED, "ValidationError", "InvalidParameterValue",
  // "MalformedPolicyDocument", "PackedPolicyTooLarge" INVALID_ARGUMENT, and UNAUTHENTICATED for a
  // bad proof as Authorizer::Authorize.
  absl::StatusOr<AssumedRole> AssumeRole(const CallerProof& caller,
                                         const session::AssumeRoleParameters& parameters,
                                         absl::Span<const ContextInput> context, const Peer& peer);

  // OK with a status for every token; UNAVAILABLE while nothing is loaded.
  absl::StatusOr<SessionDescription> Validate(std::string_view token, const Peer& peer);

  // Fails only for a bad proof.
  absl::StatusOr<CallerIdentity> GetCallerIdentity(const CallerProof& caller, const Peer& peer);

 private:
  const store::PolicyStore& store_;
  const base::Clock& clock_;
  Mfa& mfa_;
  Recorder& recorder_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_SESSIONS_H_
