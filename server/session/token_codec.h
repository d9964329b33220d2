// Sealed, stateless session tokens.
#ifndef PORTCULLIS_SERVER_SESSION_TOKEN_CODEC_H_
#define PORTCULLIS_SERVER_SESSION_TOKEN_CODEC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/session/claims.h"
#include "server/session/key_ring.h"

namespace portcullis::session {

inline constexpr size_t kTokenBytesMax = 16384;

// What a caller receives. The secret can be derived again from the claims and the ring by
// any replica, so that request signatures can be verified without shared storage.
struct Credentials {
  std::string access_key_id;      // "ASIA" and 16 of [A-Z2-7].
  std::string secret_access_key;  // 40 characters of base64. Never logged.
  std::string session_token;
  absl::Time expiration;
};

// Why a token was refused: reasons on the status (base::ReasonOf), code UNAUTHENTICATED.
inline constexpr std::string_view kReasonTokenMalformed = "TOKEN_MALFORMED";
inline constexpr std::string_view kReasonTokenUnknownKey = "TOKEN_UNKNOWN_KEY";
inline constexpr std::string_view kReasonTokenForged = "TOKEN_FORGED";
inline constexpr std::string_view kReasonTokenExpired = "TOKEN_EXPIRED";
inline constexpr std::string_view kReasonTokenNotYetValid = "TOKEN_NOT_YET_VALID";

// What a token that was good once is told for another week; later it is like any other text
//
inline constexpr absl::Duration kExpiredTokenMemory = absl::Hours(7 * 24);

// OK from issued_at - 5 min until the expiry. UNAUTHENTICATED kReasonTokenExpired from then on, and
// after kExpiredTokenMemory "InvalidClientTokenId"; kReasonTokenNotYetValid before.
absl::Status CheckLifetime(const SessionClaims& claims, absl::Time now);

// Seals claims with the ring's sealing key. Token text: unpadded base64url of
// version | key id | nonce | AES-256-GCM ciphertext and tag; the header is authenticated too.
// INVALID_ARGUMENT if the claims are too large for kTokenBytesMax.
absl::StatusOr<std::string> SealToken(const SessionClaims& claims, const KeyRing& ring);

// Opens only what is authentic, of a known version, and current: issued_at - 5 min <= now <
// expires_at. UNAUTHENTICATED with one of the reasons above; nothing of an unauthentic token is
// reported. Authenticity is checked before expiry, so expiry is no oracle for forged tokens.
absl::StatusOr<SessionClaims> OpenToken(std::string_view token, const KeyRing& ring,
                                        absl::Time now);

// The same without a look at the clock: for request signatures, which are verified before anybody
// is told that a session has expired. Whoever calls this calls CheckLifetime() later.
absl::StatusOr<SessionClaims> OpenTokenAtAnyTime(std::string_view token, const KeyRing& ring);

// The access key id made from a session id, and back (nullopt unless well-formed).
std::string AccessKeyIdOf(const SessionClaims& claims);
std::optional<std::array<uint8_t, 10>> SessionIdOf(std::string_view access_key_id);

// The secret access key of a session under the key that sealed `token`.
absl::StatusOr<std::string> SecretAccessKeyOf(const SessionClaims& claims, std::string_view token,
                                              const KeyRing& ring);

// Seals, and derives id and secret: what AssumeRole returns.
absl::StatusOr<Credentials> IssueCredentials(const SessionClaims& claims, const KeyRing& ring);

// A new session id: the account's number (5 bytes), so that anybody can tell whose a key id is
// as with AWS's own, and 5 random ones. The secret does not depend on the id being hard to
// guess. Aborts the process if the system has no randomness. REQUIRES: 12 digits.
std::array<uint8_t, 10> NewSessionId(std::string_view account);

// The account in the access key id of a session, 12 digits; nullopt unless well-formed. Says
// nothing about whether there is such a session.
std::optional<std::string> AccountOfSessionKey(std::string_view access_key_id);

// Compares secrets in constant time (for equal lengths).
bool EqualSecrets(std::string_view a, std::string_view b);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_TOKEN_CODEC_H_
