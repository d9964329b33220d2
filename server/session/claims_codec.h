// Session claims as bytes: what a token's ciphertext contains.
//
// Format, version 1: version byte | compression byte | body. The body is a sequence of fields in
// strictly ascending order of tag: tag byte | length | value. Lengths and integers are LEB128 in
// their shortest form. A field that has its default value is left out. Bodies that gain by it are
// deflated. Changing anything here needs a new version byte, and old versions must stay readable as
// long as the longest session.
#ifndef PORTCULLIS_SERVER_SESSION_CLAIMS_CODEC_H_
#define PORTCULLIS_SERVER_SESSION_CLAIMS_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/session/claims.h"

namespace portcullis::session {

// The body of the largest claims, before compression. A compressed body that would grow beyond it
// is refused without being expanded further.
inline constexpr size_t kClaimsBytesMax = 256 * 1024;

inline constexpr int64_t kSessionLifetimeSecondsMax = 129600;  // of any operation.

// Checks what holds for every session, whoever made it: known kind, 12-digit account, non-empty
// partition and principal id, UTF-8 everywhere, a lifetime within (0, kSessionLifetimeSecondsMax],
// session policies only if limited, tag keys and federated keys not empty, at most kChainMax chain
// elements. INVALID_ARGUMENT naming the first member that is wrong.
absl::Status ValidateClaims(const SessionClaims& claims);

// INVALID_ARGUMENT if ValidateClaims() objects or the body would exceed kClaimsBytesMax.
absl::StatusOr<std::string> EncodeClaims(const SessionClaims& claims);

// The exact inverse. INVALID_ARGUMENT for anything that EncodeClaims() could not have written:
// another version, an unknown, repeated or misplaced field, a default value spelled out, a length
// beyond the end, bytes left over, values that ValidateClaims() refuses.
absl::StatusOr<SessionClaims> DecodeClaims(std::string_view bytes);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_CLAIMS_CODEC_H_
