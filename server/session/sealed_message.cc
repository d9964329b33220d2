#include "server/session/sealed_message.h"

#include <array>
#include <optional>

#include "server/base/text.h"
#include "server/session/crypto_internal.h"
#include "server/session/deflate_internal.h"
#include "server/session/encoding_internal.h"
#include "server/session/session_internal.h"

namespace portcullis::session {
namespace {

constexpr char kVersion = 1;
constexpr size_t kFixedHeaderBytes = 3;  // Version, purpose, length of the key id.

absl::Status NotAMessage() {
  return absl::InvalidArgumentError("this is not a message that this service sealed");
}

}  // namespace

absl::StatusOr<std::string> SealMessage(MessagePurpose purpose, std::string_view text,
                                        const KeyRing& ring) {
  if (text.size() > kMessageBytesMax) {
    return absl::InvalidArgumentError("the message is too long to be sealed");
  }
  const std::optional<std::string> deflated = Deflate(text);
  if (!deflated.has_value()) return absl::InternalError("the message could not be compressed");
  const KeyRing::DerivedKey& key = ring.sealing_key();
  std::array<uint8_t, kGcmNonceBytes> nonce;
  RandomBytes(absl::MakeSpan(nonce));

  std::string bytes = {kVersion, static_cast<char>(purpose), static_cast<char>(key.id.size())};
  bytes.append(key.id);
  bytes.append(nonce.begin(), nonce.end());
  const std::string header = bytes;
  const std::string_view nonce_bytes(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  if (!SealGcm(*key.messages, nonce_bytes, header, *deflated, &bytes)) {
    return absl::InternalError("the cryptographic library could not seal a message");
  }
  std::string sealed = EncodeBase64Url(bytes);
  if (sealed.size() > kSealedMessageCharactersMax) {
    return absl::InvalidArgumentError("the message is too long to be sealed");
  }
  return sealed;
}

absl::StatusOr<std::string> OpenMessage(MessagePurpose purpose, std::string_view sealed,
                                        const KeyRing& ring) {
  if (sealed.size() > kSealedMessageCharactersMax) return NotAMessage();
  const std::optional<std::string> decoded = DecodeBase64Url(sealed);
  if (!decoded.has_value()) return NotAMessage();
  const std::string_view bytes = *decoded;
  if (bytes.size() < kFixedHeaderBytes || bytes[0] != kVersion ||
      bytes[1] != static_cast<char>(purpose)) {
    return NotAMessage();
  }
  const size_t id_bytes = static_cast<unsigned char>(bytes[2]);
  const size_t header_bytes = kFixedHeaderBytes + id_bytes + kGcmNonceBytes;
  if (bytes.size() < header_bytes + kGcmTagBytes) return NotAMessage();
  const KeyRing::DerivedKey* const key = ring.Find(bytes.substr(kFixedHeaderBytes, id_bytes));
  if (key == nullptr) return NotAMessage();
  std::string deflated;
  if (!OpenGcm(*key->messages, bytes.substr(kFixedHeaderBytes + id_bytes, kGcmNonceBytes),
               bytes.substr(0, header_bytes), bytes.substr(header_bytes), &deflated)) {
    return NotAMessage();
  }
  std::optional<std::string> text = Inflate(deflated, kMessageBytesMax);
  if (!text.has_value()) return NotAMessage();
  return *std::move(text);
}

}  // namespace portcullis::session
