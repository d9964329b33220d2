// The keys that seal and open session tokens.
#ifndef PORTCULLIS_SERVER_SESSION_KEY_RING_H_
#define PORTCULLIS_SERVER_SESSION_KEY_RING_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::session {

// One key of the ring. The material is wiped when the object dies.
struct KeyRingEntry {
  std::string id;                      // 1 to 32 of [A-Za-z0-9_-].
  std::array<uint8_t, 32> material{};  // Random, not all zero; never logged.

  ~KeyRingEntry();
};

// One sealing key and any number of opening keys, by id. Immutable: rotation is replacement, and a
// ring travels in the snapshot together with the policies. Thread-safe.
//
// Keys for sealing and for deriving secrets are drawn from the material by HKDF-SHA256 with
// distinct labels, so that neither use weakens the other.
class KeyRing {
 public:
  struct DerivedKey;  // Defined in session_internal.h.

  // The first entry seals; all open. INVALID_ARGUMENT for an empty ring, a malformed or repeated
  // id, material that was never filled (all zero). Messages never contain material.
  static absl::StatusOr<std::shared_ptr<const KeyRing>> Create(std::vector<KeyRingEntry> entries);

  // Parses the text of a key file: 32 bytes in base64 or 64 hex digits, surrounding blanks allowed.
  static absl::StatusOr<KeyRingEntry> ParseKeyFile(std::string_view id, std::string_view text);

  // A new random key, as the text of a key file.
  static std::string GenerateKeyFile();

  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  const DerivedKey& sealing_key() const;
  // nullptr if the ring has no such key.
  const DerivedKey* Find(std::string_view id) const;
  std::vector<std::string> key_ids() const;

  // SHA-256 over ids and material, hex: tells rings apart without revealing them.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  KeyRing();
  std::vector<DerivedKey> keys_;
  std::string fingerprint_;
};

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_KEY_RING_H_
