#include "server/session/token_codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <openssl/crypto.h>

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/session/claims_codec.h"
#include "server/session/crypto_internal.h"
#include "server/session/encoding_internal.h"
#include "server/session/session_internal.h"

namespace portcullis::session {
namespace {

constexpr char kVersion = 1;
constexpr size_t kKeyIdBytesMax = 32;
constexpr absl::Duration kClockSkewMax = absl::Minutes(5);
constexpr std::string_view kAccessKeyPrefix = "ASIA";
constexpr size_t kAccountBytes = 5;
constexpr size_t kAccountDigits = 12;
constexpr uint64_t kAccountNumberMax = 999'999'999'999;
constexpr size_t kSecretBytes = 30;  // 40 characters of base64, as clients expect.

// A token's bytes, cut into parts. Views into the decoded token.
struct TokenParts {
  std::string_view header;  // version | length of key id | key id | nonce: authenticated as it is.
  std::string_view key_id;
  std::string_view nonce;
  std::string_view sealed;
};

std::optional<TokenParts> Split(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != kVersion) return std::nullopt;
  const size_t id_bytes = static_cast<unsigned char>(bytes[1]);
  const size_t header_bytes = 2 + id_bytes + kGcmNonceBytes;
  if (id_bytes == 0 || id_bytes > kKeyIdBytesMax || bytes.size() <= header_bytes + kGcmTagBytes) {
    return std::nullopt;
  }
  return TokenParts{.header = bytes.substr(0, header_bytes),
                    .key_id = bytes.substr(2, id_bytes),
                    .nonce = bytes.substr(2 + id_bytes, kGcmNonceBytes),
                    .sealed = bytes.substr(header_bytes)};
}

absl::Status Refused(std::string_view reason, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::Status Malformed() {
  return Refused(kReasonTokenMalformed, "the session token is malformed");
}

std::string SecretMessage(const SessionClaims& claims) {
  // Every part has a fixed length or ends the message, so no two sessions share a message.
  return absl::StrCat(std::string(claims.session_id.begin(), claims.session_id.end()),
                      claims.account, ":", claims.issued_at_seconds, ":", claims.expires_at_seconds,
                      ":", claims.principal_id);
}

absl::StatusOr<std::string> DeriveSecret(const SessionClaims& claims,
                                         const KeyRing::DerivedKey& key) {
  std::array<uint8_t, 32> mac;
  if (!HmacSha256(key.deriving, SecretMessage(claims), &mac)) {
    return absl::InternalError("the cryptographic library could not derive a secret access key");
  }
  std::string secret = absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(mac.data()), kSecretBytes));
  OPENSSL_cleanse(mac.data(), mac.size());
  return secret;
}

}  // namespace

absl::Status CheckLifetime(const SessionClaims& claims, absl::Time now) {
  if (now < absl::FromUnixSeconds(claims.issued_at_seconds) - kClockSkewMax) {
    return Refused(kReasonTokenNotYetValid, "the session token is not valid yet");
  }
  const absl::Time expiry = absl::FromUnixSeconds(claims.expires_at_seconds);
  if (now < expiry) return absl::OkStatus();
  if (now < expiry + kExpiredTokenMemory) {
    return Refused(kReasonTokenExpired, "The security token included in the request is expired");
  }
  return Refused("InvalidClientTokenId", "The security token included in the request is invalid");
}

absl::StatusOr<std::string> SealToken(const SessionClaims& claims, const KeyRing& ring) {
  ASSIGN_OR_RETURN(const std::string plaintext, EncodeClaims(claims));
  const KeyRing::DerivedKey& key = ring.sealing_key();
  std::array<uint8_t, kGcmNonceBytes> nonce;
  RandomBytes(absl::MakeSpan(nonce));

  std::string bytes;
  bytes.reserve(2 + key.id.size() + kGcmNonceBytes + plaintext.size() + kGcmTagBytes);
  bytes.push_back(kVersion);
  bytes.push_back(static_cast<char>(key.id.size()));
  bytes.append(key.id);
  bytes.append(nonce.begin(), nonce.end());
  const std::string header = bytes;
  if (!SealGcm(*key.sealing, std::string_view(header).substr(header.size() - kGcmNonceBytes),
               header, plaintext, &bytes)) {
    return absl::InternalError("the cryptographic library could not seal a session token");
  }
  std::string token = EncodeBase64Url(bytes);
  if (token.size() > kTokenBytesMax) {
    return absl::InvalidArgumentError("session claims are too large for a session token");
  }
  return token;
}

absl::StatusOr<SessionClaims> OpenToken(std::string_view token, const KeyRing& ring,
                                        absl::Time now) {
  ASSIGN_OR_RETURN(SessionClaims claims, OpenTokenAtAnyTime(token, ring));
  RETURN_IF_ERROR(CheckLifetime(claims, now));
  return claims;
}

absl::StatusOr<SessionClaims> OpenTokenAtAnyTime(std::string_view token, const KeyRing& ring) {
  if (token.size() > kTokenBytesMax) return Malformed();
  const std::optional<std::string> bytes = DecodeBase64Url(token);
  if (!bytes.has_value()) return Malformed();
  const std::optional<TokenParts> parts = Split(*bytes);
  if (!parts.has_value()) return Malformed();

  // With an unknown key id the work is done all the same, with a key that cannot fit: how long a
  // refusal takes must not tell which ids are in the ring.
  const KeyRing::DerivedKey* const key = ring.Find(parts->key_id);
  const GcmKey& opening = key != nullptr ? *key->sealing : *ring.sealing_key().sealing;
  std::string plaintext;
  const bool authentic = OpenGcm(opening, parts->nonce, parts->header, parts->sealed, &plaintext);
  if (key == nullptr) {
    return Refused(kReasonTokenUnknownKey, "the session token was sealed with an unknown key");
  }
  if (!authentic) return Refused(kReasonTokenForged, "the session token is not authentic");

  absl::StatusOr<SessionClaims> claims = DecodeClaims(plaintext);
  if (!claims.ok()) return Malformed();
  return claims;
}

std::string AccessKeyIdOf(const SessionClaims& claims) {
  return base::Concat(
      {kAccessKeyPrefix,
       EncodeBase32(std::string_view(reinterpret_cast<const char*>(claims.session_id.data()),
                                     claims.session_id.size()))});
}

std::optional<std::array<uint8_t, 10>> SessionIdOf(std::string_view access_key_id) {
  if (!access_key_id.starts_with(kAccessKeyPrefix)) return std::nullopt;
  const std::optional<std::string> bytes =
      DecodeBase32(access_key_id.substr(kAccessKeyPrefix.size()));
  std::array<uint8_t, 10> session_id;
  if (!bytes.has_value() || bytes->size() != session_id.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), session_id.begin());
  return session_id;
}

absl::StatusOr<std::string> SecretAccessKeyOf(const SessionClaims& claims, std::string_view token,
                                              const KeyRing& ring) {
  if (token.size() > kTokenBytesMax) return Malformed();
  const std::optional<std::string> bytes = DecodeBase64Url(token);
  if (!bytes.has_value()) return Malformed();
  const std::optional<TokenParts> parts = Split(*bytes);
  if (!parts.has_value()) return Malformed();
  const KeyRing::DerivedKey* const key = ring.Find(parts->key_id);
  if (key == nullptr) {
    return Refused(kReasonTokenUnknownKey, "the session token was sealed with an unknown key");
  }
  return DeriveSecret(claims, *key);
}

absl::StatusOr<Credentials> IssueCredentials(const SessionClaims& claims, const KeyRing& ring) {
  Credentials credentials;
  ASSIGN_OR_RETURN(credentials.session_token, SealToken(claims, ring));
  ASSIGN_OR_RETURN(credentials.secret_access_key, DeriveSecret(claims, ring.sealing_key()));
  credentials.access_key_id = AccessKeyIdOf(claims);
  credentials.expiration = absl::FromUnixSeconds(claims.expires_at_seconds);
  return credentials;
}

std::array<uint8_t, 10> NewSessionId(std::string_view account) {
  std::array<uint8_t, 10> session_id;
  RandomBytes(absl::MakeSpan(session_id).subspan(kAccountBytes));
  uint64_t number = base::ParseUnsigned(account, kAccountNumberMax).value_or(0);
  for (size_t i = kAccountBytes; i > 0; --i, number >>= 8) {
    session_id[i - 1] = static_cast<uint8_t>(number & 0xff);
  }
  return session_id;
}

std::optional<std::string> AccountOfSessionKey(std::string_view access_key_id) {
  const auto session_id = SessionIdOf(access_key_id);
  if (!session_id.has_value()) return std::nullopt;
  uint64_t number = 0;
  for (size_t i = 0; i < kAccountBytes; ++i) number = number << 8 | (*session_id)[i];
  if (number > kAccountNumberMax) return std::nullopt;
  const std::string digits = std::to_string(number);
  return std::string(kAccountDigits - digits.size(), '0') + digits;
}

bool EqualSecrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace portcullis::session
