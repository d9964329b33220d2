// A parsed JSON or YAML text as a tree of nodes with positions, without any meaning attached.
//
// Both readers (base/json_reader.h for JSON, server/source for YAML) produce this one form, so that
// whatever is written in either language is understood by the same code.
#ifndef PORTCULLIS_SERVER_BASE_NODE_H_
#define PORTCULLIS_SERVER_BASE_NODE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "server/base/position.h"

namespace portcullis::base {

enum class NodeKind : uint8_t { kNull, kBoolean, kNumber, kString, kSequence, kMapping };

// "null", "boolean", "number", "string", "list", "mapping": for messages.
std::string_view NodeKindName(NodeKind kind);

// One value. Nodes are made by a NodeTree and live exactly as long as it does.
struct Node {
  NodeKind kind = NodeKind::kNull;

  // Scalars: the decoded text ("true", "8", "a\nb"); numbers keep the author's spelling, so that
  // `007` or `1.10` lose nothing. Containers: empty.
  std::string_view text;

  // The place of the value's first character, and the place just after its last one. Readers that
  // cannot tell the end (YAML) set `end` to `begin`.
  Position begin;
  Position end;

  // Members of a mapping: the decoded key and its place. Otherwise empty.
  std::string_view key;
  Position key_begin;

  const Node* first_child = nullptr;
  const Node* next_sibling = nullptr;
  uint32_t child_count = 0;

  bool is_scalar() const { return kind < NodeKind::kSequence; }
  bool is_sequence() const { return kind == NodeKind::kSequence; }
  bool is_mapping() const { return kind == NodeKind::kMapping; }

  // The member named `name`, compared exactly; nullptr if there is none or this is no mapping.
  const Node* Find(std::string_view name) const;

  // Iterates over direct children in the order in which they were written.
  class Iterator {
   public:
    using value_type = Node;
    using reference = const Node&;
    using pointer = const Node*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    explicit Iterator(const Node* node = nullptr) : node_(node) {}
    reference operator*() const { return *node_; }
    pointer operator->() const { return node_; }
    Iterator& operator++() {
      node_ = node_->next_sibling;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Node* node_;
  };
  Iterator begin_child() const { return Iterator(first_child); }
  Iterator end_child() const { return Iterator(nullptr); }
  struct Children {
    const Node* parent;
    Iterator begin() const { return parent->begin_child(); }
    Iterator end() const { return parent->end_child(); }
  };
  Children children() const { return Children{this}; }
};

// Owns the nodes of one text and the decoded strings that they refer to. Movable, not copyable;
// moving does not invalidate nodes. Not thread-safe while it is being built, const afterwards.
class NodeTree {
 public:
  NodeTree();
  ~NodeTree();
  NodeTree(NodeTree&&) noexcept;
  NodeTree& operator=(NodeTree&&) noexcept;
  NodeTree(const NodeTree&) = delete;
  NodeTree& operator=(const NodeTree&) = delete;

  // REQUIRES: set_root() has been called.
  const Node& root() const { return *root_; }
  bool has_root() const { return root_ != nullptr; }

  // For readers: makes a node, keeps a copy of a text, names the root.
  Node* NewNode();
  std::string_view Store(std::string_view text);
  void set_root(const Node* root) { root_ = root; }

  // For readers: appends `child` to `parent`. `last` is the child appended before, or nullptr.
  static void Append(Node* parent, Node* last, Node* child);

 private:
  static constexpr size_t kNodesPerBlock = 64;

  std::vector<std::unique_ptr<Node[]>> node_blocks_;
  size_t nodes_used_in_last_block_ = kNodesPerBlock;
  std::vector<std::unique_ptr<char[]>> text_blocks_;
  size_t text_used_ = 0;
  size_t text_capacity_ = 0;
  const Node* root_ = nullptr;
};

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_NODE_H_
