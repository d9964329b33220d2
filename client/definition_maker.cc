#include "client/definition_maker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/timestamp.h"

namespace portcullis::client {

using base::Node;
using base::NodeKind;

DefinitionMaker::Mapping::Mapping(DefinitionMaker& maker, const ImportPlace& place)
    : maker_(maker), place_(place), node_(maker.New(NodeKind::kMapping, place)) {}

void DefinitionMaker::Mapping::Add(std::string_view key, Node* value) {
  value->key = maker_.tree_.Store(key);
  base::NodeTree::Append(node_, last_, value);
  last_ = value;
}

void DefinitionMaker::Mapping::AddText(std::string_view key, std::string_view text,
                                       const ImportPlace& place) {
  if (!text.empty()) Add(key, maker_.Text(text, place));
}

void DefinitionMaker::Mapping::AddText(std::string_view key, const Placed& text) {
  AddText(key, text.text, text.place);
}

void DefinitionMaker::Mapping::AddTime(std::string_view key,
                                       const std::optional<absl::Time>& time) {
  if (time.has_value()) AddText(key, base::FormatTimestamp(*time), place_);
}

void DefinitionMaker::Mapping::AddInteger(std::string_view key, int64_t value) {
  Node* node = maker_.New(NodeKind::kNumber, place_);
  node->text = maker_.tree_.Store(std::to_string(value));
  Add(key, node);
}

void DefinitionMaker::Mapping::AddBoolean(std::string_view key, bool value) {
  Node* node = maker_.New(NodeKind::kBoolean, place_);
  node->text = value ? "true" : "false";
  Add(key, node);
}

void DefinitionMaker::Mapping::AddTextList(std::string_view key, std::vector<Placed> texts) {
  std::stable_sort(texts.begin(), texts.end(),
                   [](const Placed& a, const Placed& b) { return a.text < b.text; });
  std::vector<Node*> items;
  items.reserve(texts.size());
  for (const Placed& text : texts) items.push_back(maker_.Text(text.text, text.place));
  AddList(key, items);
}

void DefinitionMaker::Mapping::AddTags(std::vector<AwsTag> tags) {
  std::stable_sort(tags.begin(), tags.end(),
                   [](const AwsTag& a, const AwsTag& b) { return a.key.text < b.key.text; });
  std::vector<Node*> items;
  for (const AwsTag& tag : tags) {
    Mapping item(maker_, tag.key.place);
    item.Add("Key", maker_.Text(tag.key.text, tag.key.place));
    item.Add("Value", maker_.Text(tag.value.text, tag.value.place));
    items.push_back(item.node());
  }
  AddList("Tags", items);
}

void DefinitionMaker::Mapping::AddDocument(std::string_view key, const AwsDocument& document) {
  if (document.root != nullptr) Add(key, maker_.Copy(*document.root, document));
}

void DefinitionMaker::Mapping::AddList(std::string_view key, const std::vector<Node*>& items) {
  if (!items.empty()) Add(key, maker_.List(items, place_));
}

Node* DefinitionMaker::Text(std::string_view text, const ImportPlace& place) {
  Node* node = New(NodeKind::kString, place);
  node->text = tree_.Store(text);
  return node;
}

Node* DefinitionMaker::List(const std::vector<Node*>& items, const ImportPlace& place) {
  Node* list = New(NodeKind::kSequence, place);
  Node* last = nullptr;
  for (Node* item : items) {
    base::NodeTree::Append(list, last, item);
    last = item;
  }
  return list;
}

Node* DefinitionMaker::Copy(const Node& node, const AwsDocument& document) {
  const base::Position position = document.from_text ? document.place.position : node.begin;
  Node* copy = New(node.kind, {document.place.input, position});
  copy->text = tree_.Store(node.text);
  Node* last = nullptr;
  for (const Node& child : node.children()) {
    Node* child_copy = Copy(child, document);
    child_copy->key = tree_.Store(child.key);
    base::NodeTree::Append(copy, last, child_copy);
    last = child_copy;
  }
  return copy;
}

const ImportPlace* DefinitionMaker::PlaceOf(const Node* node) const {
  const auto found = places_.find(node);
  return found == places_.end() ? nullptr : &found->second;
}

Node* DefinitionMaker::New(NodeKind kind, const ImportPlace& place) {
  Node* node = tree_.NewNode();
  node->kind = kind;
  places_.emplace(node, place);
  return node;
}

}  // namespace portcullis::client
