// Several compiled policies that act as one, with an index by action and resource.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"

#include "server/policy/block.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/statement_filter.h"
#include "server/policy/statement_index.h"

namespace portcullis::policy {

// What a set is made from: a compiled policy under the name by which decisions refer to it.
struct NamedPolicy {
  SharedPolicy policy;
  // Managed policies: the ARN. Inline: "user/ana:ReadOnly". Resource-based: the resource's ARN.
  std::string id;
  // The file it was read from, relative to the source's root; nullptr or empty if there is none.
  std::shared_ptr<const std::string> source_file;
};

// The same as part of a set, which owns it and where it stays.
class HeldPolicy {
 public:
  HeldPolicy(SharedPolicy policy, const std::string* source_file)
      : policy_(std::move(policy)), source_file_(source_file) {}

  const CompiledPolicy& policy() const { return *policy_; }
  std::string_view id() const { return id_; }
  // Empty if there is none.
  std::string_view source_file() const {
    return source_file_ == nullptr ? std::string_view() : std::string_view(*source_file_);
  }

 private:
  friend class CompiledPolicySet;
  SharedPolicy policy_;
  const std::string* source_file_;
  BlockText id_;
};

// A reference to one statement of a set: the policy's number in the set, and the statement.
struct StatementHandle {
  uint32_t policy = 0;
  const CompiledStatement* statement = nullptr;
};

// An ordered collection of policies whose statements are asked together, for instance everything
// attached to one user. Immutable after construction; may be read by any number of threads.
//
// ForEachCandidate() narrows a request to the statements whose action and resource parts could
// match: of a few statements by a filter each, of many in time independent of how many others there
// are (see StatementIndex). It may visit too many, never too few, and never the same statement
// twice.
//
// A set, its list of statements, its list of policies and their ids are one piece of memory, in the
// order in which a decision reads them.
class alignas(8) CompiledPolicySet {
 public:
  // Sets up to this many statements have filters only: an index would cost more than it saves.
  static constexpr size_t kScanStatementsMax = 16;

  // kAuto decides by the number of statements; the others are for tests, which compare the two.
  enum class Indexing : uint8_t { kAuto, kNever, kAlways };

  // REQUIRES: no policy is nullptr. `memory` is what the set is made of, if it is given: it
  // outlives the set and gets nothing back from it.
  static std::unique_ptr<const CompiledPolicySet> Make(absl::Span<const NamedPolicy> policies,
                                                       Indexing indexing = Indexing::kAuto,
                                                       std::pmr::memory_resource* memory = nullptr);
  ~CompiledPolicySet();
  CompiledPolicySet(const CompiledPolicySet&) = delete;
  CompiledPolicySet& operator=(const CompiledPolicySet&) = delete;
  // The memory is larger than the class, and may be somebody else's.
  static void operator delete(CompiledPolicySet* set, std::destroying_delete_t);

  absl::Span<const HeldPolicy> policies() const {
    return {reinterpret_cast<const HeldPolicy*>(entries().end()), policy_count_};
  }
  size_t statement_count() const { return statement_count_; }

  // Calls `visit(const StatementHandle&)` for every candidate.
  template <typename Visitor>
  void ForEachCandidate(const AuthorizationRequest& request, Visitor visit) const {
    if (index_ != nullptr) {
      index_->ForEachCandidate(request,
                               [&](uint32_t number) { visit(HandleOf(entries()[number])); });
      return;
    }
    for (const Entry& entry : entries()) {
      if (!entry.filter.MayMatch(request)) continue;
      visit(HandleOf(entry));
    }
  }

  // Has the processor read the statements that ForEachCandidate() will visit, so that whoever has
  // something else to do first need not wait for them then. Does nothing for a set with an index.
  void PrefetchCandidates(const AuthorizationRequest& request) const {
    if (index_ != nullptr) return;
    for (const Entry& entry : entries()) {
      if (entry.filter.MayMatch(request)) FetchLines(HandleOf(entry).statement, kLinesOfStatement);
    }
  }

  // Has the processor read what a decision begins with. Worth calling as soon as it is known whose
  // set will be asked: of a million, it is in no cache.
  void Prefetch() const {
    const size_t bytes = sizeof(*this) + statement_count_ * (sizeof(Entry) + sizeof(HeldPolicy));
    FetchLines(this, std::min(bytes / kLineBytes + 1, kLinesOfSet));
  }

 private:
  static constexpr size_t kLineBytes = 64;
  // An ordinary statement with its patterns and texts.
  static constexpr size_t kLinesOfStatement = 5;
  // As many as most processors wait for at once.
  static constexpr size_t kLinesOfSet = 10;

  static void FetchLines(const void* begin, size_t count) {
    const char* line = static_cast<const char*>(begin);
    for (size_t i = 0; i < count; ++i) __builtin_prefetch(line + i * kLineBytes);
  }

  // One statement: the policy's number and its own in the policy.
  struct Entry {
    StatementFilter filter;
    uint32_t policy;
    uint32_t statement;
  };

  CompiledPolicySet(absl::Span<const NamedPolicy> policies, size_t statement_count,
                    Indexing indexing);

  absl::Span<const Entry> entries() const {
    return {reinterpret_cast<const Entry*>(this + 1), statement_count_};
  }
  StatementHandle HandleOf(const Entry& entry) const {
    const CompiledPolicy& policy = policies()[entry.policy].policy();
    return {entry.policy, &policy.statements()[entry.statement]};
  }

  void WriteEntries(absl::Span<const NamedPolicy> policies);
  void WritePolicies(absl::Span<const NamedPolicy> policies);
  // The one copy that the set keeps of a file's name.
  const std::string* KeepFile(const std::shared_ptr<const std::string>& file);

  bool owns_memory_ = true;
  uint32_t policy_count_;
  uint32_t statement_count_;
  std::unique_ptr<const StatementIndex> index_;  // nullptr: filters.
  absl::InlinedVector<std::shared_ptr<const std::string>, 1> source_files_;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_SET_H_
