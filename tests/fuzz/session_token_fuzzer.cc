// Session tokens and the claims inside them, as they come from outside.
//
// Whatever the bytes: no crash, no unbounded work. A token that opens must have been sealed by the
// ring, which the fuzzer cannot do: only the seed token may open. Claims that decode must encode
// again, to bytes that decode to the same claims.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/session/claims_codec.h"
#include "server/session/token_codec.h"

namespace portcullis::session {
namespace {

constexpr int64_t kNowSeconds = 1790000000;
// Of the user in seed `token_valid`: the only session that this ring ever sealed.
constexpr std::string_view kSeedPrincipalId = "AROAAAAAAAAAAAAAAAAAA";

void Require(bool holds) {
  if (!holds) std::abort();
}

const KeyRing& TestRing() {
  static const std::shared_ptr<const KeyRing> ring = [] {
    KeyRingEntry entry{.id = "k1"};
    entry.material.fill(1);
    return *KeyRing::Create({entry});
  }();
  return *ring;
}

void CheckToken(std::string_view text) {
  const absl::StatusOr<SessionClaims> claims =
      OpenToken(text, TestRing(), absl::FromUnixSeconds(kNowSeconds));
  if (claims.ok()) {
    Require(claims->principal_id == kSeedPrincipalId);
    Require(SecretAccessKeyOf(*claims, text, TestRing()).ok());
  } else {
    Require(claims.status().code() == absl::StatusCode::kUnauthenticated);
  }
}

void CheckClaims(std::string_view bytes) {
  const absl::StatusOr<SessionClaims> claims = DecodeClaims(bytes);
  if (!claims.ok()) return;
  const absl::StatusOr<std::string> encoded = EncodeClaims(*claims);
  Require(encoded.ok());
  const absl::StatusOr<SessionClaims> again = DecodeClaims(*encoded);
  Require(again.ok() && *again == *claims);
}

}  // namespace
}  // namespace portcullis::session

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  portcullis::session::CheckToken(input);
  portcullis::session::CheckClaims(input);
  return 0;
}
