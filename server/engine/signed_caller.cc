#include "server/engine/signed_caller.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/session/token_codec.h"
#include "server/signature/signing_key_cache.h"
#include "server/store/secret_text.h"

namespace portcullis::engine {
namespace {

// What signatures of keys that do not exist are verified with, so that it costs the same.
constexpr std::string_view kNoSecret = "0000000000000000000000000000000000000000";
constexpr std::string_view kTemporaryPrefix = "ASIA";

absl::Status InvalidClientTokenId() {
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, "InvalidClientTokenId",
                               "The security token included in the request is invalid.");
}

// The key that a request names, as far as it is one: check 5 of section 7.4.
struct NamedKey {
  bool known = false;
  store::SecretText secret = kNoSecret;
  const store::AccessKey* long_term = nullptr;
  std::shared_ptr<const OpenedSession> session;
};

// sent without a token.
NamedKey FindLongTermKey(const signature::Authentication& claimed,
                         const store::Snapshot& snapshot) {
  NamedKey named;
  const store::AccessKey* key = snapshot.FindAccessKey(claimed.access_key_id);
  if (key == nullptr || key->status != store::AccessKeyStatus::kActive || key->secret.empty() ||
      claimed.security_token.has_value()) {
    return named;
  }
  named.known = true;
  named.secret = store::SecretText(std::string_view(key->secret));
  named.long_term = key;
  return named;
}

// key id and token are one unit; the secret follows from the token.
NamedKey FindSessionKey(const signature::Authentication& claimed, const store::Snapshot& snapshot) {
  NamedKey named;
  if (!claimed.security_token.has_value()) return named;
  auto opened = OpenSessionAtAnyTime(*claimed.security_token, snapshot.key_ring());
  if (!opened.ok() || (*opened)->access_key_id != claimed.access_key_id) return named;
  absl::StatusOr<std::string> secret =
      session::SecretAccessKeyOf((*opened)->claims, *claimed.security_token, *snapshot.key_ring());
  if (!secret.ok()) return named;
  named.known = true;
  named.secret = store::SecretText(*secret);
  named.session = *std::move(opened);
  return named;
}

}  // namespace

absl::StatusOr<Caller> IdentifySigner(const SignedProof& proof, const store::Snapshot& snapshot,
                                      const state::RevocationLog* revocations, absl::Time now) {
  ASSIGN_OR_RETURN(const signature::Authentication claimed,
                   signature::ParseAuthentication(proof.request, proof.parsing));
  NamedKey named = std::string_view(claimed.access_key_id).starts_with(kTemporaryPrefix)
                       ? FindSessionKey(claimed, snapshot)
                       : FindLongTermKey(claimed, snapshot);
  thread_local signature::SigningKeyCache cache;
  const absl::Status verified = signature::VerifySignature(
      proof.request, claimed, named.secret.view(), now, proof.verification, &cache);
  if (!named.known) return InvalidClientTokenId();
  RETURN_IF_ERROR(verified);
  if (named.long_term != nullptr) return CallerOfAccessKey(*named.long_term);
  RETURN_IF_ERROR(session::CheckLifetime(named.session->claims, now));
  return CallerOfSession(std::move(named.session), snapshot, revocations);
}

}  // namespace portcullis::engine
