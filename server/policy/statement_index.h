// Finds the statements of a set that could match a request without looking at the others.
#ifndef PORTCULLIS_SERVER_POLICY_STATEMENT_INDEX_H_
#define PORTCULLIS_SERVER_POLICY_STATEMENT_INDEX_H_

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/request.h"

namespace portcullis::policy {

// An index over statements by action, and below that by resource.
//
// A statement stands in the narrowest bucket that holds all its actions of one service: that of one
// exact action, of a service (`s3:Get*`, or more actions than are worth listing), or of everything
// (`*`, NotAction, `s3*:...`). No bucket is inside another one that the statement stands in too, so
// the at most three buckets of a request never have a statement in common.
//
// Inside a bucket statements stand in a radix tree at the literal text their resource patterns
// begin with, from which texts are left out that begin with another one of the same statement: a
// walk down the tree along the request's resource meets every statement at most once.
//
// Immutable; refers to text of the statements, which must outlive it.
class StatementIndex {
 public:
  explicit StatementIndex(absl::Span<const CompiledStatement* const> statements);

  // Calls `visit(uint32_t)` with the number of every statement that could match.
  template <typename Visitor>
  void ForEachCandidate(const AuthorizationRequest& request, Visitor visit) const {
    Walk(global_, request.resource, visit);
    if ((services_bits_ & request.action_bits) != 0) {
      const auto found = services_.find(base::AbslView(request.service_folded()));
      if (found != services_.end()) Walk(found->second, request.resource, visit);
    }
    if ((actions_bits_ & request.action_bits) != 0) {
      const auto found = actions_.find(Action{request.action_folded, request.action_hash});
      if (found != actions_.end()) Walk(found->second, request.resource, visit);
    }
  }

 private:
  friend class StatementIndexBuilder;

  // A folded action with its ActionHash(), which is known of a request when it comes here.
  struct Action {
    std::string_view text;
    uint64_t hash;

    friend bool operator==(const Action& a, const Action& b) { return a.text == b.text; }
    template <typename State>
    friend State AbslHashValue(State state, const Action& action) {
      return State::combine(std::move(state), action.hash);
    }
  };

  // A node of a radix tree. Its children are contiguous, in the order of their first bytes.
  struct Node {
    const char* label = nullptr;  // What it adds to its parent's text; inside a pattern's text.
    uint32_t label_size = 0;
    uint32_t children = 0;  // The first child's number.
    uint32_t child_count = 0;
    uint32_t statements = 0;  // Where its statements begin in statements_.
    uint32_t statement_count = 0;
  };

  template <typename Visitor>
  void Walk(uint32_t number, std::string_view resource, Visitor visit) const {
    while (true) {
      const Node& node = nodes_[number];
      for (uint32_t i = 0; i < node.statement_count; ++i) visit(statements_[node.statements + i]);
      if (resource.empty() || node.child_count == 0) return;
      const uint32_t child = FindChild(node, resource[0]);
      if (child == node.child_count) return;
      number = node.children + child;
      const Node& next = nodes_[number];
      // The first byte is the same; most labels are no longer.
      if (next.label_size > 1 &&
          !resource.starts_with(std::string_view(next.label, next.label_size))) {
        return;
      }
      resource.remove_prefix(next.label_size);
    }
  }

  // The number among a node's children of the one whose label begins with `byte`; child_count if
  // none does.
  uint32_t FindChild(const Node& node, char byte) const {
    const char* const children = first_bytes_.data() + node.children;
    const void* const child = std::memchr(children, byte, node.child_count);
    if (child == nullptr) return node.child_count;
    return static_cast<uint32_t>(static_cast<const char*>(child) - children);
  }

  std::vector<Node> nodes_;
  std::vector<char> first_bytes_;  // Of every node's label, by number: found without a node's line.
  std::vector<uint32_t> statements_;  // The nodes' lists of statements, one after the other.

  // Roots of trees.
  uint32_t global_ = 0;
  absl::flat_hash_map<absl::string_view, uint32_t> services_;
  absl::flat_hash_map<Action, uint32_t> actions_;
  // The ServiceBit() of every service and the ActionBit() of every action above: most requests'
  // are not among them, which spares the search.
  uint64_t services_bits_ = 0;
  uint64_t actions_bits_ = 0;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_STATEMENT_INDEX_H_
