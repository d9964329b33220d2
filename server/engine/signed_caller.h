// Callers that prove themselves by signing the request (part 7).
#ifndef PORTCULLIS_SERVER_ENGINE_SIGNED_CALLER_H_
#define PORTCULLIS_SERVER_ENGINE_SIGNED_CALLER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/engine/caller.h"
#include "server/signature/authentication.h"
#include "server/signature/request.h"
#include "server/signature/verify.h"
#include "server/state/revocation_log.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// A request as it came over the wire, and how its signature is to be verified. Not owned: what it
// refers to outlives the call.
struct SignedProof {
  signature::SignedRequest request;
  signature::ParseOptions parsing;
  signature::VerifyOptions verification;
};

// Who signed the request, with a long-term key or with a session's key and token, in the order of
// section 7.4: whether a key exists shows neither in the answer to a wrong signature nor in its
// cost, and expiry shows only to whoever signed rightly. Keeps derived keys per
// thread, bounded.
//   "MissingAuthenticationToken", "SignatureDoesNotMatch"  UNAUTHENTICATED
//   "IncompleteSignature"                                  INVALID_ARGUMENT
//   "InvalidClientTokenId"  UNAUTHENTICATED: key unknown or inactive; token missing, of another
//                           session, not authentic, or sent with a long-term key (R-7.2, R-7.5,
//
//   "TOKEN_EXPIRED"         UNAUTHENTICATED: the session is over
// and then as CallerOfSession and CallerOfAccessKey.
absl::StatusOr<Caller> IdentifySigner(const SignedProof& proof, const store::Snapshot& snapshot,
                                      const state::RevocationLog* revocations, absl::Time now);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_SIGNED_CALLER_H_
