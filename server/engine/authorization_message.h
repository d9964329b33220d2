// Sealed accounts of denials: shown to anybody, read by whoever may.
#ifndef PORTCULLIS_SERVER_ENGINE_AUTHORIZATION_MESSAGE_H_
#define PORTCULLIS_SERVER_ENGINE_AUTHORIZATION_MESSAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/engine/caller.h"
#include "server/policy/decision.h"
#include "server/policy/request.h"
#include "server/session/key_ring.h"

namespace portcullis::engine {

// The account of a decision as a JSON object in the shape of. `context` holds the keys of
// the request; if they are too many for a sealed message, those of the longest values are left out
// and "truncated" is true.
std::string DescribeDecision(const Caller& caller, const policy::Decision& decision,
                             const policy::AuthorizationRequest& request);

// The same, sealed for the caller's account.
absl::StatusOr<std::string> SealDecision(const Caller& caller, const policy::Decision& decision,
                                         const policy::AuthorizationRequest& request,
                                         const session::KeyRing& ring);

// The account again. INVALID_ARGUMENT "InvalidAuthorizationMessageException" if `sealed` is no such
// message, or was sealed for another account than `account` (PD: AWS does not say).
absl::StatusOr<std::string> OpenDecision(std::string_view sealed, std::string_view account,
                                         const session::KeyRing& ring);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_AUTHORIZATION_MESSAGE_H_
