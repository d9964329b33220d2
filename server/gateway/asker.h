// Programs that ask a question of their own, not about a request that they carry: who they are.
#ifndef PORTCULLIS_SERVER_GATEWAY_ASKER_H_
#define PORTCULLIS_SERVER_GATEWAY_ASKER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/gateway/gatekeeper.h"
#include "server/store/policy_store.h"
#include "server/store/snapshot.h"

namespace portcullis::gateway {

// Whoever asks, and what it may say. The zero value may say nothing.
struct Asker {
  std::string proxy;  // Its name under `Proxies`; empty: nobody we know.
  // It may name the principal that it asks about without proving it: `Asserts: [Principals]`.
  bool may_assert_principals = false;
  // It may also say what only somebody knows who saw the request: `Asserts: [SourceAddress]`.
  bool may_supply_request_facts = false;
  std::string trace_id;  // 32 hex digits; empty: the call is part of no trace.
  // In which that stands, for deciding against the same.
  std::shared_ptr<const store::Snapshot> snapshot;
};

// Who `credentials` are of, by the rules for proxies at the door. A stranger is an asker as well:
// it may ask with proof. UNAVAILABLE "NOT_LOADED" while there are no policies.
absl::StatusOr<Asker> RecognizeAsker(const ProxyCredentials& credentials,
                                     std::string_view trace_parent,
                                     const store::PolicyStore& store);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_ASKER_H_
