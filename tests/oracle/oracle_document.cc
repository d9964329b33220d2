#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

// Builds the Node tree from parser events; the ready-made tree type of the library would forget
// how a number was written and which members came twice.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Node Take() { return std::move(root_); }

  bool null() override { throw std::runtime_error("null in a policy"); }
  bool boolean(bool value) override { return Add(Text(value ? "true" : "false")); }
  bool number_integer(number_integer_t value) override { return Add(Text(std::to_string(value))); }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(Text(std::to_string(value)));
  }
  bool number_float(number_float_t, const string_t& written) override { return Add(Text(written)); }
  bool string(string_t& value) override { return Add(Text(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Node::Type::kObject); }
  bool key(string_t& name) override {
    if (open_.back()->Find(name) != nullptr) {
      throw std::runtime_error("duplicate member " + name);
    }
    open_.back()->names.push_back(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Node::Type::kArray); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    throw std::runtime_error(error.what());
  }

 private:
  static Node Text(std::string text) {
    Node node;
    node.text = std::move(text);
    return node;
  }

  // Places a node where the parser stands and returns its place. Parents of an open node do not
  // grow while it is open, so the pointers in `open_` stay good.
  Node* Place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    open_.back()->items.push_back(std::move(node));
    return &open_.back()->items.back();
  }

  bool Add(Node node) {
    Place(std::move(node));
    return true;
  }

  bool Open(Node::Type type) {
    Node node;
    node.type = type;
    open_.push_back(Place(std::move(node)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  Node root_;
  std::vector<Node*> open_;
};

}  // namespace

const Node* Node::Find(std::string_view name) const {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) {
      return &items[i];
    }
  }
  return nullptr;
}

std::vector<std::pair<std::string, const Node*>> Node::Members() const {
  std::vector<std::pair<std::string, const Node*>> members;
  for (size_t i = 0; i < names.size(); ++i) {
    members.emplace_back(names[i], &items[i]);
  }
  return members;
}

std::vector<std::string> Node::Texts() const {
  if (type == Type::kText) {
    return {text};
  }
  std::vector<std::string> texts;
  for (const Node& item : items) {
    texts.push_back(item.text);
  }
  return texts;
}

Node ParseJson(const std::string& json) {
  Builder builder;
  nlohmann::json::sax_parse(json, &builder);
  return builder.Take();
}

}  // namespace portcullis::oracle
