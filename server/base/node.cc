#include "server/base/node.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace portcullis::base {
namespace {

// The first block of texts suits a policy of ordinary size; later ones grow up to the second size.
constexpr size_t kTextBlockBytesMin = 1024;
constexpr size_t kTextBlockBytesMax = 64 * 1024;

}  // namespace

std::string_view NodeKindName(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kBoolean:
      return "boolean";
    case NodeKind::kNumber:
      return "number";
    case NodeKind::kString:
      return "string";
    case NodeKind::kSequence:
      return "list";
    case NodeKind::kMapping:
      return "mapping";
  }
  return "null";
}

const Node* Node::Find(std::string_view name) const {
  if (!is_mapping()) return nullptr;
  for (const Node& child : children()) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

NodeTree::NodeTree() = default;
NodeTree::~NodeTree() = default;

NodeTree::NodeTree(NodeTree&& other) noexcept
    : node_blocks_(std::move(other.node_blocks_)),
      nodes_used_in_last_block_(std::exchange(other.nodes_used_in_last_block_, kNodesPerBlock)),
      text_blocks_(std::move(other.text_blocks_)),
      text_used_(std::exchange(other.text_used_, 0)),
      text_capacity_(std::exchange(other.text_capacity_, 0)),
      root_(std::exchange(other.root_, nullptr)) {
  other.node_blocks_.clear();
  other.text_blocks_.clear();
}

NodeTree& NodeTree::operator=(NodeTree&& other) noexcept {
  if (this == &other) return *this;
  node_blocks_ = std::move(other.node_blocks_);
  text_blocks_ = std::move(other.text_blocks_);
  other.node_blocks_.clear();
  other.text_blocks_.clear();
  nodes_used_in_last_block_ = std::exchange(other.nodes_used_in_last_block_, kNodesPerBlock);
  text_used_ = std::exchange(other.text_used_, 0);
  text_capacity_ = std::exchange(other.text_capacity_, 0);
  root_ = std::exchange(other.root_, nullptr);
  return *this;
}

Node* NodeTree::NewNode() {
  if (nodes_used_in_last_block_ == kNodesPerBlock) {
    node_blocks_.push_back(std::make_unique<Node[]>(kNodesPerBlock));
    nodes_used_in_last_block_ = 0;
  }
  return &node_blocks_.back()[nodes_used_in_last_block_++];
}

std::string_view NodeTree::Store(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > text_capacity_ - text_used_) {
    const size_t grown = std::clamp(2 * text_capacity_, kTextBlockBytesMin, kTextBlockBytesMax);
    text_capacity_ = std::max(grown, text.size());
    text_blocks_.push_back(std::make_unique_for_overwrite<char[]>(text_capacity_));
    text_used_ = 0;
  }
  char* const stored = text_blocks_.back().get() + text_used_;
  std::memcpy(stored, text.data(), text.size());
  text_used_ += text.size();
  return {stored, text.size()};
}

void NodeTree::Append(Node* parent, Node* last, Node* child) {
  if (last == nullptr) {
    parent->first_child = child;
  } else {
    last->next_sibling = child;
  }
  ++parent->child_count;
}

}  // namespace portcullis::base
