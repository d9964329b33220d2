// Texts that may pass through anybody's hands and that only this service can read.
#ifndef PORTCULLIS_SERVER_SESSION_SEALED_MESSAGE_H_
#define PORTCULLIS_SERVER_SESSION_SEALED_MESSAGE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/session/key_ring.h"

namespace portcullis::session {

inline constexpr size_t kSealedMessageCharactersMax = 10240;
inline constexpr size_t kMessageBytesMax = 256 * 1024;        // Before compression.

// What a message is for. Sealed for one purpose, it opens for no other.
enum class MessagePurpose : uint8_t { kAuthorizationMessage = 1 };

// Compresses and seals `text` with the ring's sealing key: unpadded base64url of
// version | purpose | length of key id | key id | nonce | AES-256-GCM ciphertext and tag.
// INVALID_ARGUMENT if the result would exceed kSealedMessageCharactersMax.
absl::StatusOr<std::string> SealMessage(MessagePurpose purpose, std::string_view text,
                                        const KeyRing& ring);

// The text again. INVALID_ARGUMENT, always with the same words, for whatever is not such a message
// of this purpose, unchanged, from a key of this ring. Does not expire with time, only with the
// key.
absl::StatusOr<std::string> OpenMessage(MessagePurpose purpose, std::string_view sealed,
                                        const KeyRing& ring);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_SEALED_MESSAGE_H_
