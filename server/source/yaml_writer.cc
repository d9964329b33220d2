#include "server/source/yaml_writer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "yaml-cpp/emitter.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/yaml_reader.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using base::Position;

// Words that some version of YAML gives a meaning of its own.
constexpr std::array<std::string_view, 9> kReservedWords = {"true", "false", "yes", "no", "on",
                                                            "off",  "null",  "y",   "n"};

bool IsReservedWord(std::string_view text) {
  return std::any_of(kReservedWords.begin(), kReservedWords.end(), [text](std::string_view word) {
    return absl::EqualsIgnoreCase(base::AbslView(text), base::AbslView(word));
  });
}

// Whether no reader can take the text for anything but this text: words of ASCII that begin with a
// letter or a slash, with single blanks between them.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.size() > 1000 || IsReservedWord(text)) return false;
  if (!absl::ascii_isalpha(text.front()) && text.front() != '/') return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') {
      if (text[i - 1] == ':' || text[i - 1] == ' ') return false;
    } else if (!absl::ascii_isalnum(c) &&
               std::string_view("_./:@+=,*?-$()").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

class Writer {
 public:
  explicit Writer(absl::Span<const std::string_view> ascii_members)
      : ascii_members_(ascii_members) {
    emitter_.SetIndent(2);
    emitter_.SetMapFormat(YAML::Block);
    emitter_.SetSeqFormat(YAML::Block);
  }

  void Write(const Node& node, bool ascii) {
    switch (node.kind) {
      case NodeKind::kNull:
        emitter_ << YAML::Null;
        return;
      case NodeKind::kBoolean:
      case NodeKind::kNumber:
        emitter_ << std::string(node.text);
        return;
      case NodeKind::kString:
        return WriteText(node.text, ascii);
      case NodeKind::kSequence:
        if (node.child_count == 0) emitter_ << YAML::Flow;
        emitter_ << YAML::BeginSeq;
        for (const Node& child : node.children()) Write(child, ascii);
        emitter_ << YAML::EndSeq;
        return;
      case NodeKind::kMapping:
        if (node.child_count == 0) emitter_ << YAML::Flow;
        emitter_ << YAML::BeginMap;
        for (const Node& child : node.children()) {
          emitter_ << YAML::Key;
          WriteText(child.key, ascii);
          emitter_ << YAML::Value;
          Write(child, ascii || IsAsciiMember(child.key));
        }
        emitter_ << YAML::EndMap;
        return;
    }
  }

  bool good() const { return emitter_.good(); }
  std::string error() const { return emitter_.GetLastError(); }
  std::string_view text() const { return {emitter_.c_str(), emitter_.size()}; }

 private:
  void WriteText(std::string_view text, bool ascii) {
    if (ascii) emitter_ << YAML::EscapeNonAscii;
    if (!IsPlain(text)) emitter_ << YAML::DoubleQuoted;
    emitter_ << std::string(text);
  }

  bool IsAsciiMember(std::string_view key) const {
    return std::find(ascii_members_.begin(), ascii_members_.end(), key) != ascii_members_.end();
  }

  absl::Span<const std::string_view> ascii_members_;
  YAML::Emitter emitter_;
};

bool AllTextsAreUtf8(const Node& node) {
  if (!base::IsValidUtf8(node.key) || !base::IsValidUtf8(node.text)) return false;
  return std::all_of(node.begin_child(), node.end_child(), AllTextsAreUtf8);
}

// Whether `read` is the same as `written`; notes where everything stands.
bool Compare(const Node& written, const Node& read, std::vector<YamlPlace>* places) {
  if (written.kind != read.kind || written.key != read.key ||
      written.child_count != read.child_count) {
    return false;
  }
  if (written.kind != NodeKind::kNull && written.text != read.text) return false;
  if (read.key_begin.line != 0) places->push_back({read.key_begin, &written});
  places->push_back({read.begin, &written});
  Node::Iterator child = written.begin_child();
  for (const Node& other : read.children()) {
    if (!Compare(*child, other, places)) return false;
    ++child;
  }
  return true;
}

std::string CommentLines(std::string_view comment) {
  std::string lines;
  if (comment.empty()) return lines;
  for (const auto line : absl::StrSplit(base::AbslView(comment), '\n')) {
    lines += base::StrCat(line.empty() ? "#" : "# ", line, "\n");
  }
  return lines;
}

}  // namespace

const Node* YamlText::NodeAt(Position position) const {
  const auto after = std::upper_bound(
      places.begin(), places.end(), position, [](const Position& wanted, const YamlPlace& place) {
        return std::pair(wanted.line, wanted.column) <
               std::pair(place.position.line, place.position.column);
      });
  if (after == places.begin()) return nullptr;
  // A mapping begins where its first key does, and what is said of that place is said of the whole.
  auto found = std::prev(after);
  while (found != places.begin() && std::prev(found)->position == found->position) --found;
  return found->node;
}

absl::StatusOr<YamlText> WriteYaml(const Node& root, const YamlWriterOptions& options) {
  if (!AllTextsAreUtf8(root)) return absl::InvalidArgumentError("a text is not UTF-8");
  Writer writer(options.ascii_members);
  writer.Write(root, false);
  if (!writer.good()) return absl::InternalError(base::StrCat("YAML: ", writer.error()));

  YamlText result;
  result.text = CommentLines(options.comment);
  result.text += writer.text();
  result.text += '\n';
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!ReadYaml(result.text, YamlReaderOptions(), &tree, &errors)) {
    const base::TextError& error = errors.front();
    return absl::InternalError(base::StrCat("what was written cannot be read again: line ",
                                            error.position.line, ": ", error.message));
  }
  if (!Compare(root, tree.root(), &result.places)) {
    return absl::InternalError("what was written reads as something else");
  }
  return result;
}

}  // namespace portcullis::source
