// Asks more questions than fit into one call.
#ifndef PORTCULLIS_CLIENT_BATCH_H_
#define PORTCULLIS_CLIENT_BATCH_H_

#include <cstddef>

#include "absl/status/statusor.h"

#include "client/connection.h"
#include "portcullis/v1/authorization_service.pb.h"

namespace portcullis::client {

// How many questions the server takes in one call.
inline constexpr int kBatchItemsMax = 1000;

// Whether an answer allows. Anything but DECISION_ALLOW, an unknown value included, does not.
inline bool IsAllowed(const v1::AuthorizeResponse& answer) {
  return answer.decision() == v1::DECISION_ALLOW;
}

// Answers any number of items of one caller, in their order, with as many calls as it takes. All
// answers come from one revision of the policies: if the server publishes new ones in between, it
// begins again, and gives up with ABORTED after five times. INTERNAL if the server does not answer
// every item. Other errors are those of BatchAuthorize; there are no partial results.
// No items: an empty answer, without a call. Thread-safe. `options` apply to each call.
absl::StatusOr<v1::BatchAuthorizeResponse> AuthorizeAll(Connection& connection,
                                                        const v1::BatchAuthorizeRequest& request,
                                                        const CallOptions& options = {});

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_BATCH_H_
