// One STS request put to the PDP: its resource, its own condition keys, and who asks.
#ifndef PORTCULLIS_SERVER_ENGINE_STS_QUESTION_H_
#define PORTCULLIS_SERVER_ENGINE_STS_QUESTION_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/engine/caller.h"
#include "server/engine/context_builder.h"
#include "server/engine/query.h"
#include "server/engine/select.h"
#include "server/policy/decision.h"
#include "server/policy/evaluate.h"
#include "server/policy/request.h"
#include "server/policy/request_context.h"
#include "server/session/claims.h"
#include "server/session/sts_parameters.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// What policies can see of an STS request. Not owned; outlives the asker.
struct StsQuestion {
  const Caller* caller = nullptr;
  const Peer* peer = nullptr;
  std::string_view resource;  // The ARN of the role, or of the federated user.
  // The resource must be a role whose trust policy consents.
  bool resource_is_role = false;
  const store::Role* role = nullptr;  // nullptr: there is no such role.

  // Condition keys of the request itself.
  absl::Span<const session::TagParameter> tags;
  absl::Span<const std::string> transitive_tag_keys;
  std::string_view source_identity;
  std::string_view external_id;
  std::string_view role_session_name;
  // What an identity provider vouched for; then the provider,
  // aws:FederatedProvider.
  absl::Span<const session::FederatedKey> federated_keys;

  absl::Span<const ContextInput> context;  // Supplied by the client.
  bool mfa_verified = false;
  absl::Time now;
};

// Asks about several actions of one request. The caller's transitive tags and source identity count
// as parts of the request. Used once, by one thread.
class StsAsker {
 public:
  // Both outlive the asker.
  StsAsker(const StsQuestion& question, const store::Snapshot& snapshot);

  // To be called first. INVALID_ARGUMENT as engine::BuildContext, and for keys of tags, of the
  // request as of the role, whoever supplies them.
  absl::Status BuildContext();

  // OK if every side that has a say allows `action`; PERMISSION_DENIED "AccessDenied" with the text
  // of section 4.7 otherwise. A role that does not exist answers as one that may not be assumed
  //
  absl::Status Ask(std::string_view action);

  // The same of the caller's own policies alone, whatever the trust policy grants directly.
  absl::Status AskCallersSide(std::string_view action);

  bool has_tags() const { return !tags_.empty(); }
  bool has_source_identity() const { return !source_identity_.empty(); }

 private:
  // Whether the caller has policies of its own: not those that an identity provider vouches for.
  bool HasCallersSide() const;
  absl::Status CheckSupplied() const;
  void AddRequestKeys();
  void AddFederatedKeys();
  void AddInheritedResourceTags();
  void AddOne(std::string_view name, std::string_view value);
  void Prepare(std::string_view action);
  policy::Decision DecideCallersSide();
  absl::Status Denied(const policy::Decision& decision);

  const StsQuestion& question_;
  const store::Snapshot& snapshot_;
  SelectedResource resource_;
  std::vector<session::TagParameter> tags_;  // Passed, then inherited.
  std::string source_identity_;              // Passed or inherited.
  ContextScratch scratch_;
  policy::RequestContext context_;
  policy::AuthorizationRequest request_;
  policy::EffectivePolicies policies_;
  std::unique_ptr<const policy::CompiledPolicySet> account_trust_;
};

// What a caller hands on to the sessions it makes: its transitive tags and its source
// identity. Empty for callers without a session.
std::vector<session::SessionTag> TransitiveTags(const Caller& caller);
std::string InheritedSourceIdentity(const Caller& caller);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_STS_QUESTION_H_
