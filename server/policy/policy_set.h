// Several compiled policies that act as one, with an index by action and resource.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"

#include "server/policy/compiled_policy.h"
#include "server/policy/statement_index.h"

namespace portcullis::policy {

// A compiled policy under the name by which decisions refer to it.
struct NamedPolicy {
  std::shared_ptr<const CompiledPolicy> policy;
  // Managed policies: the ARN. Inline: "user/ana:ReadOnly". Resource-based: the resource's ARN.
  // Shared by all sets that hold the policy.
  std::shared_ptr<const std::string> id;
  // The file it was read from, relative to the source's root; nullptr or empty if there is none.
  std::shared_ptr<const std::string> source_file;
  // The document as compact JSON; nullptr: not kept (session policies).
  std::shared_ptr<const std::string> document = nullptr;
};

// An ordered collection of policies whose statements are asked together, for instance everything
// attached to one user. Immutable after construction; may be read by any number of threads.
//
// ForEachCandidate() narrows a request to the statements whose action and resource parts could
// match, in time independent of how many others there are (see StatementIndex). It may visit too
// many, never too few, and never the same statement twice.
class CompiledPolicySet {
 public:
  // Sets up to this many statements are scanned: an index would cost more than it saves.
  static constexpr size_t kScanStatementsMax = 8;

  // kAuto decides by the number of statements; the others are for tests, which compare the two.
  enum class Indexing : uint8_t { kAuto, kNever, kAlways };

  // REQUIRES: no policy is nullptr.
  explicit CompiledPolicySet(std::vector<NamedPolicy> policies,
                             Indexing indexing = Indexing::kAuto);
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
    index_->ForEachCandidate(request, [&](uint32_t number) { visit(statements_[number]); });
  }

 private:
  std::vector<NamedPolicy> policies_;
  std::vector<StatementHandle> statements_;
  std::unique_ptr<const StatementIndex> index_;  // nullptr: scan.
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
