// What a session is: the facts sealed into a session token.
#ifndef PORTCULLIS_SERVER_SESSION_CLAIMS_H_
#define PORTCULLIS_SERVER_SESSION_CLAIMS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::session {

// Which operation made the session. The numbers are part of the token format.
enum class SessionKind : uint8_t {
  kUnspecified = 0,
  kAssumedRole = 1,    // AssumeRole.
  kWebIdentity = 2,    // AssumeRoleWithWebIdentity.
  kSaml = 3,           // AssumeRoleWithSAML.
  kSessionToken = 4,   // GetSessionToken: a user or root.
  kFederatedUser = 5,  // GetFederationToken.
};

// A condition key that an identity provider vouched for, as it appears in every request of the
// session: "oidc.example.org:sub", "saml:sub".
struct FederatedKey {
  std::string name;
  std::vector<std::string> values;
  bool multivalued = false;
  friend bool operator==(const FederatedKey&, const FederatedKey&) = default;
};

struct SessionTag {
  std::string key;
  std::string value;
  bool transitive = false;  // Passed on to later sessions of the chain.
  friend bool operator==(const SessionTag&, const SessionTag&) = default;
};

// Frozen at issue; everything else about a session (policies, role tags) is read live.
struct SessionClaims {
  SessionKind kind = SessionKind::kUnspecified;

  // As NewSessionId() makes it: names the session for revocation, makes the access key id and, with
  // the key ring, the secret access key.
  std::array<uint8_t, 10> session_id = {};

  std::string partition;  // "aws".
  std::string account;    // 12 digits: the account that the session belongs to.
  // Roles: AROA... id. Users: AIDA... id. Root: the account id. A session is bound to the id, so a
  // re-created namesake does not revive it.
  std::string principal_id;
  // Roles: the role's name; users: the user's name; federated users: the creating user's name, or
  // "root". Kept to find the entity and to say who a session of a deleted one was.
  std::string principal_name;
  // RoleSessionName, or the federated user's Name; empty for GetSessionToken.
  std::string session_name;

  int64_t issued_at_seconds = 0;  // Since 1970, whole seconds.
  int64_t expires_at_seconds = 0;

  // Session policies. `limited` tells "none were passed" from "passed".
  bool limited = false;
  std::string session_policy;            // The inline document's text; empty if none.
  std::vector<std::string> policy_arns;  // Managed ones, read at evaluation.

  std::vector<SessionTag> tags;  // Passed and inherited transitive ones.
  std::string source_identity;   // Empty: none.

  // MFA of the GetSessionToken call: when the code was checked.
  std::optional<int64_t> mfa_at_seconds;

  // Federation facts; empty otherwise.
  std::string federated_provider;
  std::string federated_subject;
  std::string federated_audience;
  std::vector<FederatedKey> federated_keys;  // At most kFederatedKeysMax.

  // The long-term access key that the session, or the first session of its chain, was obtained
  // with; empty if there was none. For revocation by key.
  std::string issuer_access_key_id;

  // Hops since credentials that were not a role session's: 0 for a first role session. More than 0
  // means that the session was made by role chaining.
  uint32_t chain_depth = 0;
  // The request ARN of the caller that made the session, and of the chain's earlier callers, oldest
  // first; at most kChainMax, the oldest dropped first.
  std::vector<std::string> chain;

  friend bool operator==(const SessionClaims&, const SessionClaims&) = default;
};

inline constexpr size_t kChainMax = 8;
inline constexpr size_t kFederatedKeysMax = 16;

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_CLAIMS_H_
