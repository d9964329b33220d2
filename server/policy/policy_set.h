// Several compiled policies that act as one, with an index by action and resource.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "server/policy/compiled_policy.h"

namespace portcullis::policy {

// A compiled policy under the name by which decisions refer to it.
struct NamedPolicy {
  std::shared_ptr<const CompiledPolicy> policy;
  // Managed policies: the ARN. Inline: "user/ana:ReadOnly". Resource-based: the resource's ARN.
  // Shared by all sets that hold the policy.
  std::shared_ptr<const std::string> id;
  // The file it was read from, relative to the source's root; empty if there is none.
  std::shared_ptr<const std::string> source_file;
};

// A reference to one statement of a set: policy number in the set, and the statement.
struct StatementHandle {
  uint32_t policy = 0;
  const CompiledStatement* statement = nullptr;
};

// An ordered collection of policies whose statements are asked together, for instance everything
// attached to one user. Immutable after construction; may be read by any number of threads.
//
// Candidates() narrows a request to the statements whose action and resource parts could match, in
// time independent of how many others there are: exact actions by hash, wildcards by service, then
// resources by the literal text their patterns begin with. It may return too many, never too few,
// and never the same statement twice.
class CompiledPolicySet {
 public:
  // Sets up to this many statements are scanned: an index would cost more than it saves.
  static constexpr size_t kScanStatementsMax = 12;

  explicit CompiledPolicySet(std::vector<NamedPolicy> policies, bool use_index = true);
  ~CompiledPolicySet();
  CompiledPolicySet(const CompiledPolicySet&) = delete;
  CompiledPolicySet& operator=(const CompiledPolicySet&) = delete;

  absl::Span<const NamedPolicy> policies() const { return policies_; }
  size_t statement_count() const { return statements_.size(); }

  // Calls `visit(const StatementHandle&)` for every candidate.
  template <typename Visitor>
  void ForEachCandidate(const AuthorizationRequest& request, Visitor visit) const {
    if (index_ == nullptr) {
      for (const StatementHandle& handle : statements_) visit(handle);
      return;
    }
    CandidateLists lists = Candidates(request);
    for (const auto& list : lists.lists) {
      for (const uint32_t number : list) visit(statements_[number]);
    }
  }

 private:
  struct Index;
  // At most a handful of lists of statement numbers; a fixed array so that nothing is allocated. The
  // deepest resource prefix that can match bounds how many there are.
  struct CandidateLists {
    static constexpr size_t kMax = 24;
    absl::Span<const uint32_t> storage[kMax];
    absl::Span<const absl::Span<const uint32_t>> lists;
  };
  CandidateLists Candidates(const AuthorizationRequest& request) const;

  std::vector<NamedPolicy> policies_;
  std::vector<StatementHandle> statements_;
  std::unique_ptr<const Index> index_;  // nullptr: scan.
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
