// Questions to the engine and its answers, in domain terms: nothing from a transport.
#ifndef PORTCULLIS_SERVER_ENGINE_QUERY_H_
#define PORTCULLIS_SERVER_ENGINE_QUERY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/metrics/names.h"
#include "server/policy/decision.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// Through which door a question came: a label of metrics and audit records.
using metrics::Api;

// What a proxy told of the request that it asked about. For the audit log alone: no decision looks
// at any of it. Never a query string, a credential or a cookie. Views outlive the call.
struct DoorFacts {
  // Of the answer as a whole: what is refused before there are decisions is recorded under it.
  std::string_view decision_id;
  std::string_view proxy;  // By their names in the policies; empty: it did not come so far.
  std::string_view gateway;
  std::string_view rule;
  std::string_view method;
  std::string_view host;
  std::string_view path;              // As sent, without the query.
  std::string_view source_principal;  // As the proxy tells it, whether or not it is believed.
  std::string_view request_id;        // By which the proxy calls the request.
};

// What the transport knows about whoever asks (the PEP), not about the principal asked for. Views
// outlive the call.
struct Peer {
  Api api = Api::kGrpc;
  // May name a principal without proving it (an asserted principal_arn).
  bool may_assert_principals = false;
  // May supply condition keys that describe the original request (KeySetter::kTrusted).
  bool may_supply_request_facts = false;
  bool secure_transport = false;  // aws:SecureTransport of the connection.
  std::string_view source_ip;     // aws:SourceIp; empty: not known, the key is absent.
  std::string_view user_agent;    // aws:UserAgent; empty: absent.
  // Where the endpoint is that was asked: aws:RequestedRegion of resources without a region of
  // their own, and what uses are remembered with. Empty: us-east-1, and nothing.
  std::string_view region;
  std::string_view identity;  // Of the PEP itself, for the audit log: SPIFFE id, "uds", ...
  // The SPIFFE ID of the client's verified certificate; empty: it has none.
  std::string_view spiffe_id;
  // By which the client may name this call when it asks about it: for the audit log, and made here,
  // never by the client. Empty: its answer has no such id.
  std::string_view request_id;
  // The trace that the call is part of (W3C): 32 hex digits; empty: none.
  std::string_view trace_id;
  const DoorFacts* door = nullptr;  // Of requests at a proxy's door.
};

struct SignedProof;  // In signed_caller.h.

// How the caller is named or proved.
struct CallerProof {
  enum class Kind : uint8_t { kNone, kSessionToken, kPrincipalArn, kAccessKey, kSignature };
  Kind kind = Kind::kNone;
  std::string_view value;                  // Token, ARN or access key id.
  std::string_view secret;                 // kAccessKey only.
  const SignedProof* signature = nullptr;  // kSignature only.
};

// One condition key supplied with the question.
struct ContextInput {
  std::string_view key;
  absl::Span<const std::string_view> values;
  bool multivalued = false;  // Two or more values are multivalued in any case.
};

// One action on one resource.
struct QueryItem {
  std::string_view action;
  std::string_view resource;  // Empty: "*".
  absl::Span<const ContextInput> context;
};

// Questions of one caller, decided against one snapshot.
struct Query {
  CallerProof caller;
  absl::Span<const ContextInput> context;  // Shared by all items.
  absl::Span<const QueryItem> items;
  bool explain = false;
  bool encode_denials = false;  // Fill AnswerItem::encoded_message.
  Peer peer;
  // What to decide against, by callers that have looked something up in it already; nullptr: the
  // snapshot that is current.
  std::shared_ptr<const store::Snapshot> snapshot;
};
inline constexpr size_t kItemsMax = 1000;
inline constexpr size_t kContextEntriesMax = 256;
inline constexpr size_t kContextValuesMax = 1024;
inline constexpr size_t kContextValueBytesMax = 8192;

// The answer to one item. `decision` refers into the snapshot that Answer holds, and, for session
// policies, into `session_policies` of Answer.
struct AnswerItem {
  policy::Decision decision;
  std::string reason;       // Always set for denials; for allowed ones if `explain`.
  std::string decision_id;  // 26 characters, unique.
  // A denial sealed for DecodeAuthorizationMessage, if the query asked for it.
  std::string encoded_message;
};

// The answers to a Query, in the order of its items. May be reused; then it keeps its memory.
// Holds what the decisions refer to.
struct Answer {
  std::shared_ptr<const store::Snapshot> snapshot;
  std::shared_ptr<const void> session_policies;
  std::string principal_arn;
  std::string account;  // The principal's; empty for service principals.
  std::string user_id;  // aws:userid; empty: it has none.
  std::vector<AnswerItem> items;
  std::string_view policy_revision() const { return snapshot->digest(); }
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_QUERY_H_
