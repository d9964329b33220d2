#include "server/source/yaml_reader.h"

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/text_lines.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using base::Position;

// Reads from memory without copying it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The interface takes a pointer to non-const; nothing is ever written through it.
    char* begin = const_cast<char*>(text.data());  // NOLINT(*-const-cast): see above.
    setg(begin, begin, begin + text.size());
  }
};

// Turns yaml-cpp's marks, which count bytes from 0, into positions, which count code points from 1.
class PositionMap {
 public:
  explicit PositionMap(std::string_view text)
      : is_ascii_(std::all_of(text.begin(), text.end(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    if (!is_ascii_) lines_.emplace(text);
  }

  Position Of(const YAML::Mark& mark) const {
    if (mark.line < 0 || mark.column < 0) return {1, 1};
    const auto line = static_cast<uint32_t>(mark.line) + 1;
    const auto bytes = static_cast<size_t>(mark.column);
    if (is_ascii_) return {line, static_cast<uint32_t>(bytes) + 1};
    const std::string_view before = lines_->Line(line).substr(0, bytes);
    return {line, static_cast<uint32_t>(base::CodePointCount(before)) + 1};
  }

 private:
  bool is_ascii_;
  std::optional<TextLines> lines_;
};

bool SkipDigits(std::string_view* text) {
  const size_t end = std::min(text->find_first_not_of("0123456789"), text->size());
  text->remove_prefix(end);
  return end > 0;
}

// JSON's grammar of numbers.
bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('0') && text.size() > 1 && text[1] >= '0' && text[1] <= '9') return false;
  if (!SkipDigits(&text)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!SkipDigits(&text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!SkipDigits(&text)) return false;
  }
  return text.empty();
}

// The tag that yaml-cpp gives a plain scalar.
constexpr char kPlainTag[] = "?";

NodeKind KindOf(const std::string& tag, std::string_view value) {
  if (tag != kPlainTag) return NodeKind::kString;
  if (value == "true" || value == "false") return NodeKind::kBoolean;
  return IsNumber(value) ? NodeKind::kNumber : NodeKind::kString;
}

// Builds the tree from events. After a mistake that makes the rest meaningless it ignores what
// follows; events cannot be stopped otherwise than by an exception.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlReaderOptions& options, const PositionMap& positions, base::NodeTree* tree,
              std::vector<base::TextError>* errors)
      : options_(options), positions_(positions), tree_(tree), errors_(errors) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Check(mark, kPlainTag, anchor)) return;
    if (ExpectsKey()) return Abandon(mark, "a key is empty; quote it if it is meant as text");
    AddValue(mark, NodeKind::kNull, {});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (!abandoned_) Abandon(mark, "aliases (`*name`) are not supported");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!Check(mark, tag, anchor)) return;
    if (ExpectsKey()) return SetKey(mark, value);
    AddValue(mark, KindOf(tag, value), value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, NodeKind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, NodeKind::kMapping);
  }
  void OnMapEnd() override { Close(); }

  void Abandon(const YAML::Mark& mark, std::string message) {
    errors_->push_back({positions_.Of(mark), std::move(message)});
    abandoned_ = true;
  }
  bool abandoned() const { return abandoned_; }

 private:
  // From this many keys on, repeated ones are found by a hash table.
  static constexpr uint32_t kLinearKeysMax = 8;

  struct Frame {
    Node* container = nullptr;
    Node* last_child = nullptr;
    bool has_key = false;
    std::string_view key;
    Position key_begin;
    absl::flat_hash_set<std::string_view> keys;  // Empty up to kLinearKeysMax.
  };

  bool ExpectsKey() const {
    return !stack_.empty() && stack_.back().container->is_mapping() && !stack_.back().has_key;
  }

  // What no node may have. False: ignore the event.
  bool Check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (abandoned_) return false;
    if (anchor != 0) {
      Abandon(mark, "anchors (`&name`) are not supported");
    } else if (!tag.empty() && tag != kPlainTag && tag != "!") {
      Abandon(mark, base::StrCat("tags such as ", base::Quoted(tag), " are not supported"));
    } else if (++node_count_ > options_.nodes_max) {
      Abandon(mark, base::StrCat("more than ", options_.nodes_max, " values"));
    }
    return !abandoned_;
  }

  void SetKey(const YAML::Mark& mark, const std::string& value) {
    Frame& frame = stack_.back();
    frame.key = tree_->Store(value);
    frame.key_begin = positions_.Of(mark);
    frame.has_key = true;
    if (IsRepeated(frame)) {
      errors_->push_back(
          {frame.key_begin, base::StrCat("duplicate key ", base::Quoted(frame.key))});
    }
  }

  static bool IsRepeated(Frame& frame) {
    if (frame.container->child_count < kLinearKeysMax) {
      return frame.container->Find(frame.key) != nullptr;
    }
    if (frame.keys.empty()) {
      for (const Node& child : frame.container->children()) frame.keys.insert(child.key);
    }
    return !frame.keys.insert(frame.key).second;
  }

  Node* AddValue(const YAML::Mark& mark, NodeKind kind, std::string_view text) {
    Node* node = tree_->NewNode();
    node->kind = kind;
    node->text = text.empty() ? std::string_view() : tree_->Store(text);
    node->begin = node->end = positions_.Of(mark);
    if (stack_.empty()) {
      tree_->set_root(node);
      return node;
    }
    Frame& frame = stack_.back();
    if (frame.has_key) {
      node->key = frame.key;
      node->key_begin = frame.key_begin;
      if (kind == NodeKind::kNull) node->begin = node->end = frame.key_begin;
      frame.has_key = false;
    }
    base::NodeTree::Append(frame.container, frame.last_child, node);
    frame.last_child = node;
    return node;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
    if (!Check(mark, tag, anchor)) return;
    if (ExpectsKey()) return Abandon(mark, "a key must be a single word or text");
    if (stack_.size() >= options_.depth_max) {
      return Abandon(mark, base::StrCat("nested deeper than ", options_.depth_max, " levels"));
    }
    Node* node = AddValue(mark, kind, {});
    stack_.emplace_back().container = node;
  }

  void Close() {
    if (!abandoned_) stack_.pop_back();
  }

  const YamlReaderOptions& options_;
  const PositionMap& positions_;
  base::NodeTree* tree_;
  std::vector<base::TextError>* errors_;
  std::vector<Frame> stack_;
  uint32_t node_count_ = 0;
  bool abandoned_ = false;
};

// Feeds one document to `builder`, and refuses a second one.
void Parse(std::istream& stream, TreeBuilder* builder, const PositionMap& positions,
           std::vector<base::TextError>* errors) {
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(*builder);
    if (!builder->abandoned() && parser) {
      // An empty rest after `...` or a comment is no document.
      base::NodeTree ignored;
      std::vector<base::TextError> ignored_errors;
      const YamlReaderOptions options;
      TreeBuilder rest(options, positions, &ignored, &ignored_errors);
      if (parser.HandleNextDocument(rest)) {
        const Position place = ignored.has_root() ? ignored.root().begin : Position{1, 1};
        errors->push_back({place, "a file holds one document; `---` begins a second one"});
      }
    }
  } catch (const YAML::Exception& exception) {
    errors->push_back({positions.Of(exception.mark), exception.msg});
  } catch (const std::exception& exception) {
    errors->push_back({{1, 1}, base::StrCat("cannot be read: ", exception.what())});
  }
}

}  // namespace

bool ReadYaml(std::string_view text, const YamlReaderOptions& options, base::NodeTree* tree,
              std::vector<base::TextError>* errors) {
  const size_t errors_before = errors->size();
  if (text.size() > options.bytes_max) {
    errors->push_back(
        {{1, 1},
         base::StrCat("text of ", text.size(), " bytes exceeds ", options.bytes_max, " bytes")});
    return false;
  }
  // yaml-cpp would guess UTF-16 or UTF-32 from zero bytes and byte order marks, and replace what is
  // malformed.
  if (!base::IsValidUtf8(text) || text.find('\0') != std::string_view::npos) {
    errors->push_back({{1, 1}, "text is not UTF-8"});
    return false;
  }
  const PositionMap positions(text);
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(options, positions, tree, errors);
  Parse(stream, &builder, positions, errors);
  if (errors->size() == errors_before && !tree->has_root()) {
    errors->push_back({{1, 1}, "text is empty"});
  }
  return errors->size() == errors_before;
}

}  // namespace portcullis::source
