// The PIP: fills condition keys from principal, session, resource, peer and clock.
#ifndef PORTCULLIS_SERVER_ENGINE_CONTEXT_BUILDER_H_
#define PORTCULLIS_SERVER_ENGINE_CONTEXT_BUILDER_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/engine/caller.h"
#include "server/engine/query.h"
#include "server/policy/condition_keys.h"
#include "server/policy/lazy_keys.h"
#include "server/policy/request_context.h"
#include "server/store/entities.h"

namespace portcullis::engine {

// What is known about the resource of a request. Views and pointers outlive the context.
struct ResourceFacts {
  std::string_view name;                    // The ARN, or "*".
  std::string_view region;                  // Of the ARN; empty: global.
  std::string_view account_id;              // The owner.
  const store::Account* account = nullptr;  // nullptr: an account that is not in the snapshot.
  const std::vector<store::Tag>* tags = nullptr;
  bool iam_entity = false;  // iam:ResourceTag/ is filled too.
  // The platform's: its ARN says `aws` where others have an account. Whether it may be accessed is
  // the caller's account's to say, so `account_id` is that.
  bool platform = false;
};

// The MFA state of an AssumeRole call that carries a verified code.
struct RequestMfa {
  bool verified = false;
};

// Everything that keys are made from.
struct ContextFacts {
  const Caller* caller = nullptr;
  const Peer* peer = nullptr;
  const ResourceFacts* resource = nullptr;
  absl::Time now;
  RequestMfa mfa;
};

// Makes the values of a context's keys, and holds those that are nowhere else. One per thread,
// reused.
class ContextScratch final : public policy::LazyKeySource {
 public:
  // What the keys of the next context are made from.
  void SetFacts(const ContextFacts& facts) { facts_ = facts; }
  void AddKey(size_t number, policy::RequestContext* context) override;

  // Time as policies see it, "2026-11-21T23:09:24Z" and epoch seconds; formatted once a second.
  std::string_view FormatCurrentTime(absl::Time now);
  std::string_view FormatEpochTime(absl::Time now);
  std::string_view FormatMfaAge(int64_t seconds);

  std::array<std::string_view, 1> principal_org_path;
  std::array<std::string_view, 1> resource_org_path;
  std::array<std::string_view, 1> service_name;

 private:
  void SetTime(absl::Time now);

  ContextFacts facts_;
  int64_t second_ = INT64_MIN;
  std::string current_time_;
  std::string epoch_time_;
  std::string mfa_age_;
};

// Adds every key that the server knows to `context`, in the order: facts about principal, session
// and resource; then `supplied` by the client as far as it may; then facts of the connection. The
// first value of a key stays, so nothing supplied replaces a fact. Reuses memory; what is added
// refers to what `facts` point at, to `scratch` and to `supplied`. Most values are made when they
// are first looked up, so all of that must stay as it is while the context is used.
// INVALID_ARGUMENT naming the key if the client may not supply one of its keys, gives one twice, or
// breaks a limit of query.h.
absl::Status BuildContext(const ContextFacts& facts, absl::Span<const ContextInput> supplied,
                          ContextScratch* scratch, policy::RequestContext* context);

// Adds keys supplied with one item of a batch to a context that BuildContext made; `supplied`
// outlives its use.
absl::Status AddSupplied(absl::Span<const ContextInput> supplied, bool trusted_pep,
                         policy::RequestContext* context);

// The keys of the catalogue that BuildContext has a function for; for the test that every key which
// only the server may set is either here or listed as never present in a decision (a name that ends
// in a colon stands for its namespace). The keys of AssumeRole's own request are assume_role.cc's.
absl::Span<const std::string_view> SuppliedByServer();
absl::Span<const std::string_view> NeverPresent();

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_CONTEXT_BUILDER_H_
