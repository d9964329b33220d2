#include "server/session/key_ring.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <openssl/crypto.h>

#include "server/base/text.h"
#include "server/session/session_internal.h"

namespace portcullis::session {
namespace {

constexpr size_t kKeyIdBytesMax = 32;
constexpr size_t kMaterialBytes = 32;

// Changing a label or its order of use makes every live token unreadable.
constexpr std::string_view kSealingLabel = "portcullis session token sealing v1";
constexpr std::string_view kMessagesLabel = "portcullis message sealing v1";
constexpr std::string_view kDerivingLabel = "portcullis secret access key v1";

bool IsKeyId(std::string_view id) {
  return !id.empty() && id.size() <= kKeyIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
         });
}

bool IsUnfilled(const KeyRingEntry& entry) {
  return std::all_of(entry.material.begin(), entry.material.end(),
                     [](uint8_t byte) { return byte == 0; });
}

absl::Status CheckEntries(const std::vector<KeyRingEntry>& entries) {
  if (entries.empty()) return absl::InvalidArgumentError("the key ring has no keys");
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& id = entries[i].id;
    if (!IsKeyId(id)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "key id ", base::Quoted(id), " must be 1 to 32 letters, digits, `_` or `-`"));
    }
    if (IsUnfilled(entries[i])) {
      return absl::InvalidArgumentError(absl::StrCat("key ", base::Quoted(id), " is all zero"));
    }
    for (size_t j = 0; j < i; ++j) {
      if (entries[j].id == id) {
        return absl::InvalidArgumentError(
            absl::StrCat("key id ", base::Quoted(id), " occurs more than once in the ring"));
      }
    }
  }
  return absl::OkStatus();
}

bool Derive(const KeyRingEntry& entry, std::string_view label, absl::Span<uint8_t> output) {
  return HkdfSha256(entry.material, base::Concat({label, ":", entry.id}), output);
}

std::optional<std::string> Fingerprint(const std::vector<KeyRingEntry>& entries) {
  std::string text;
  text.reserve(entries.size() * (1 + kKeyIdBytesMax + kMaterialBytes));
  for (const KeyRingEntry& entry : entries) {
    text.push_back(static_cast<char>(entry.id.size()));
    text.append(entry.id);
    text.append(entry.material.begin(), entry.material.end());
  }
  std::array<uint8_t, 32> digest;
  const bool hashed = Sha256(text, &digest);
  OPENSSL_cleanse(text.data(), text.size());
  if (!hashed) return std::nullopt;
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// The 32 bytes that `text` spells in base64 or hexadecimal; nullopt if it spells anything else.
std::optional<std::string> DecodeMaterial(std::string_view text) {
  const bool hexadecimal =
      text.size() == 2 * kMaterialBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (hexadecimal) return absl::HexStringToBytes(base::AbslView(text));
  std::string bytes;
  std::optional<std::string> material;
  // The decoder of Abseil is lenient; only what encodes back to the same text counts.
  if (absl::Base64Unescape(base::AbslView(text), &bytes) && bytes.size() == kMaterialBytes) {
    std::string canonical = absl::Base64Escape(bytes);
    if (canonical == text) material = bytes;
    OPENSSL_cleanse(canonical.data(), canonical.size());
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return material;
}

}  // namespace

KeyRingEntry::~KeyRingEntry() {
  OPENSSL_cleanse(material.data(), material.size());
}

KeyRing::DerivedKey::~DerivedKey() {
  OPENSSL_cleanse(deriving.data(), deriving.size());
}

KeyRing::KeyRing() = default;
KeyRing::~KeyRing() = default;

absl::StatusOr<std::shared_ptr<const KeyRing>> KeyRing::Create(std::vector<KeyRingEntry> entries) {
  if (absl::Status status = CheckEntries(entries); !status.ok()) return status;
  std::shared_ptr<KeyRing> ring(new KeyRing());
  ring->keys_ = std::vector<DerivedKey>(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    DerivedKey& key = ring->keys_[i];
    key.id = entries[i].id;
    if (!Derive(entries[i], kSealingLabel, absl::MakeSpan(key.sealing->bytes)) ||
        !Derive(entries[i], kMessagesLabel, absl::MakeSpan(key.messages->bytes)) ||
        !Derive(entries[i], kDerivingLabel, absl::MakeSpan(key.deriving))) {
      return absl::InternalError("the cryptographic library could not derive keys");
    }
  }
  std::optional<std::string> fingerprint = Fingerprint(entries);
  if (!fingerprint.has_value()) {
    return absl::InternalError("the cryptographic library could not digest the key ring");
  }
  ring->fingerprint_ = *std::move(fingerprint);
  return ring;
}

absl::StatusOr<KeyRingEntry> KeyRing::ParseKeyFile(std::string_view id, std::string_view text) {
  if (!IsKeyId(id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("key id ", base::Quoted(id), " must be 1 to 32 letters, digits, `_` or `-`"));
  }
  const absl::string_view stripped = absl::StripAsciiWhitespace(base::AbslView(text));
  std::optional<std::string> material = DecodeMaterial({stripped.data(), stripped.size()});
  if (!material.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("key ", base::Quoted(id),
                     " must be 32 bytes, written as 44 characters of base64 or 64 hex digits"));
  }
  KeyRingEntry entry{.id = std::string(id)};
  std::copy(material->begin(), material->end(), entry.material.begin());
  std::string& secret = *material;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (IsUnfilled(entry)) {
    return absl::InvalidArgumentError(absl::StrCat("key ", base::Quoted(id), " is all zero"));
  }
  return entry;
}

std::string KeyRing::GenerateKeyFile() {
  std::string bytes(kMaterialBytes, '\0');
  RandomBytes(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  std::string text = absl::StrCat(absl::Base64Escape(bytes), "\n");
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return text;
}

const KeyRing::DerivedKey& KeyRing::sealing_key() const {
  return keys_.front();
}

const KeyRing::DerivedKey* KeyRing::Find(std::string_view id) const {
  for (const DerivedKey& key : keys_) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

std::vector<std::string> KeyRing::key_ids() const {
  std::vector<std::string> ids;
  ids.reserve(keys_.size());
  for (const DerivedKey& key : keys_) ids.push_back(key.id);
  return ids;
}

}  // namespace portcullis::session
