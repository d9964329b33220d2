// What key ring and token codec share and nobody else sees.
#ifndef PORTCULLIS_SERVER_SESSION_SESSION_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_SESSION_INTERNAL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "server/session/crypto_internal.h"
#include "server/session/key_ring.h"

namespace portcullis::session {

// The keys drawn from one ring entry. Wiped when the ring dies.
struct KeyRing::DerivedKey {
  DerivedKey() : sealing(std::make_unique<GcmKey>()), messages(std::make_unique<GcmKey>()) {}
  ~DerivedKey();
  DerivedKey(DerivedKey&&) noexcept = default;  // Within a vector that never grows: not called.
  DerivedKey& operator=(DerivedKey&&) = delete;

  std::string id;
  std::unique_ptr<GcmKey> sealing;     // Seals and opens tokens.
  std::unique_ptr<GcmKey> messages;    // Seals and opens everything else.
  std::array<uint8_t, 32> deriving{};  // HMAC key for secret access keys.
};

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_SESSION_INTERNAL_H_
