#include "client/json_layout.h"

#include "server/base/json_writer.h"

namespace portcullis::client {
namespace {

constexpr size_t kBlanksPerLevel = 4;

class Layout {
 public:
  void Write(const base::Node& node, size_t level) {
    if (node.is_scalar()) return WriteScalar(node);
    const bool mapping = node.is_mapping();
    text_ += mapping ? '{' : '[';
    bool first = true;
    for (const base::Node& child : node.children()) {
      if (!first) text_ += ',';
      first = false;
      NewLine(level + 1);
      if (mapping) WriteKey(child.key);
      Write(child, level + 1);
    }
    if (!first) NewLine(level);
    text_ += mapping ? '}' : ']';
  }

  std::string TakeText() {
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void NewLine(size_t level) { text_.append(1, '\n').append(level * kBlanksPerLevel, ' '); }

  void WriteScalar(const base::Node& node) {
    writer_.Clear();
    text_ += writer_.Value(node).text();
  }

  void WriteKey(std::string_view key) {
    writer_.Clear();
    text_.append(writer_.String(key).text()).append(": ");
  }

  base::JsonWriter writer_;  // Of one scalar at a time.
  std::string text_;
};

}  // namespace

std::string LayOutJson(const base::Node& root) {
  Layout layout;
  layout.Write(root, 0);
  return layout.TakeText();
}

}  // namespace portcullis::client
