#include "server/base/json_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "rapidjson/reader.h"

#include "server/base/text.h"

namespace portcullis::base {
namespace {

// The text as RapidJSON reads it: a NUL stands for the end. A NUL inside the text stops the parser
// early, which ReadJson() notices.
class TextStream {
 public:
  using Ch = char;

  explicit TextStream(std::string_view text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  char Peek() const { return at_ == end_ ? '\0' : *at_; }
  char Take() { return at_ == end_ ? '\0' : *at_++; }
  size_t Tell() const { return static_cast<size_t>(at_ - begin_); }

  // For in-place parsing, which is not used.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  size_t PutEnd(char*) { return 0; }

 private:
  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace
}  // namespace portcullis::base

namespace rapidjson {

// Lets the parser keep the stream in registers; our handler does not ask it where it is.
template <>
struct StreamTraits<portcullis::base::TextStream> {
  enum { copyOptimization = 1 };
};

}  // namespace rapidjson

namespace portcullis::base {
namespace {

bool IsBetweenTokens(char c) {
  return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\r' || c == '\t';
}

bool IsNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Knows the position of one place in the text, and walks it forwards.
class Cursor {
 public:
  Cursor(std::string_view text, const JsonReaderOptions& options)
      : at_(text.data()),
        end_(text.data() + text.size()),
        position_(options.origin),
        later_line_column_(options.later_line_column) {}

  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  Position position() const { return position_; }

  // Walks over `length` bytes that contain no line end: a token.
  void SkipToken(size_t length) {
    position_.column += static_cast<uint32_t>(CodePointCount({at_, length}));
    at_ += length;
  }

  // Walks to the first character of the next token.
  void SkipToToken() {
    while (at_ != end_ && IsBetweenTokens(*at_)) SkipCharacter();
  }

  // Walks over `length` bytes of anything.
  void SkipText(size_t length) {
    for (size_t i = 0; i < length; ++i) SkipCharacter();
  }

 private:
  void SkipCharacter() {
    if (*at_ == '\n') {
      ++position_.line;
      position_.column = later_line_column_;
    } else if ((static_cast<unsigned char>(*at_) & 0xC0) != 0x80) {
      ++position_.column;
    }
    ++at_;
  }

  const char* at_;
  const char* end_;
  Position position_;
  uint32_t later_line_column_;
};

// Length of the string token at the start of `rest`, quotes included; `decoded` is what it stands
// for.
size_t StringTokenLength(std::string_view rest, std::string_view decoded) {
  // Without escapes the token is the text and two quotes. An escape is longer than what it stands
  // for, so a quote at that place, with no backslash before it, ends the token.
  const size_t plain = decoded.size() + 1;
  if (plain < rest.size() && rest[plain] == '"' &&
      (decoded.empty() || std::memchr(rest.data() + 1, '\\', decoded.size()) == nullptr)) {
    return plain + 1;
  }
  size_t i = 1;
  while (i < rest.size() && rest[i] != '"') i += rest[i] == '\\' ? 2 : 1;
  return std::min(i + 1, rest.size());
}

// Receives RapidJSON's events and builds the tree. The end of one token and the skipping of blanks
// give the start of the next, so the parser need not be asked where it is.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const JsonReaderOptions& options, NodeTree* tree,
              std::vector<TextError>* errors)
      : cursor_(text, options), depth_max_(options.depth_max), tree_(tree), errors_(errors) {}

  bool Null() { return Literal(NodeKind::kNull, "null"); }
  bool Bool(bool value) { return Literal(NodeKind::kBoolean, value ? "true" : "false"); }

  bool RawNumber(const char*, rapidjson::SizeType, bool) {
    cursor_.SkipToToken();
    const std::string_view rest = cursor_.rest();
    size_t length = 0;
    while (length < rest.size() && IsNumberCharacter(rest[length])) ++length;
    return AddScalar(NodeKind::kNumber, rest.substr(0, length), length);
  }

  bool String(const char* data, rapidjson::SizeType length, bool) {
    cursor_.SkipToToken();
    const std::string_view decoded(data, length);
    const size_t token_length = StringTokenLength(cursor_.rest(), decoded);
    if (!CheckSurrogates(decoded, token_length)) return false;
    return AddScalar(NodeKind::kString, decoded, token_length);
  }

  bool Key(const char* data, rapidjson::SizeType length, bool) {
    cursor_.SkipToToken();
    const std::string_view decoded(data, length);
    const size_t token_length = StringTokenLength(cursor_.rest(), decoded);
    if (!CheckSurrogates(decoded, token_length)) return false;
    key_ = tree_->Store(decoded);
    key_begin_ = cursor_.position();
    cursor_.SkipToken(token_length);
    return true;
  }

  bool StartObject() { return Open(NodeKind::kMapping); }
  bool StartArray() { return Open(NodeKind::kSequence); }
  bool EndArray(rapidjson::SizeType) { return Close(); }
  bool EndObject(rapidjson::SizeType) {
    ReportDuplicateKeys(*open_.back().node);
    return Close();
  }

  // Numbers arrive as text (kParseNumbersAsStringsFlag), never as these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  struct OpenContainer {
    Node* node;
    Node* last_child;
  };

  // Objects with more members than this are checked for duplicates by hash.
  static constexpr uint32_t kPairwiseMembersMax = 16;

  bool Literal(NodeKind kind, std::string_view text) {
    cursor_.SkipToToken();
    return AddScalar(kind, text, text.size());
  }

  Node* AddNode(NodeKind kind) {
    Node* const node = tree_->NewNode();
    node->kind = kind;
    node->begin = cursor_.position();
    if (open_.empty()) {
      tree_->set_root(node);
      return node;
    }
    OpenContainer& parent = open_.back();
    if (parent.node->is_mapping()) {
      node->key = key_;
      node->key_begin = key_begin_;
    }
    NodeTree::Append(parent.node, parent.last_child, node);
    parent.last_child = node;
    return node;
  }

  bool AddScalar(NodeKind kind, std::string_view text, size_t token_length) {
    Node* const node = AddNode(kind);
    node->text = tree_->Store(text);
    cursor_.SkipToken(token_length);
    node->end = cursor_.position();
    return true;
  }

  bool Open(NodeKind kind) {
    cursor_.SkipToToken();
    if (open_.size() >= depth_max_) {
      errors_->push_back(
          {cursor_.position(), absl::StrCat("nested deeper than ", depth_max_, " levels")});
      return false;
    }
    open_.push_back({AddNode(kind), nullptr});
    cursor_.SkipToken(1);
    return true;
  }

  bool Close() {
    cursor_.SkipToToken();
    cursor_.SkipToken(1);
    open_.back().node->end = cursor_.position();
    open_.pop_back();
    return true;
  }

  // The text was UTF-8, so only the escape of half a surrogate pair can have made something else.
  bool CheckSurrogates(std::string_view decoded, size_t token_length) {
    const bool escaped = token_length != decoded.size() + 2;
    if (!escaped || IsValidUtf8(decoded)) return true;
    errors_->push_back({cursor_.position(), "string has the escape of half a surrogate pair"});
    return false;
  }

  void ReportDuplicate(const Node& member) {
    errors_->push_back({member.key_begin, absl::StrCat("duplicate member ", Quoted(member.key))});
  }

  void ReportDuplicateKeys(const Node& mapping) {
    if (mapping.child_count <= kPairwiseMembersMax) {
      for (const Node& member : mapping.children()) {
        // Find() gives the first of that name.
        if (mapping.Find(member.key) != &member) ReportDuplicate(member);
      }
      return;
    }
    absl::flat_hash_set<std::string_view> keys;
    keys.reserve(mapping.child_count);
    for (const Node& member : mapping.children()) {
      if (!keys.insert(member.key).second) ReportDuplicate(member);
    }
  }

  Cursor cursor_;
  size_t depth_max_;
  NodeTree* tree_;
  std::vector<TextError>* errors_;
  absl::InlinedVector<OpenContainer, 16> open_;
  std::string_view key_;
  Position key_begin_;
};

std::string_view SyntaxMessage(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "expected a JSON value";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "unexpected text after the JSON value";
    case rapidjson::kParseErrorValueInvalid:
      return "expected a value";
    case rapidjson::kParseErrorObjectMissName:
      return "expected a member name in double quotes";
    case rapidjson::kParseErrorObjectMissColon:
      return "expected `:` after a member name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "expected `,` or `}` after a member";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "expected `,` or `]` after a list element";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return "`\\u` needs four hexadecimal digits";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return "string has the escape of half a surrogate pair";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "string has an invalid escape or an unescaped control character";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "string is not closed";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "text is not valid UTF-8";
    case rapidjson::kParseErrorNumberTooBig:
      return "number is too large";
    case rapidjson::kParseErrorNumberMissFraction:
      return "number needs a digit after its decimal point";
    case rapidjson::kParseErrorNumberMissExponent:
      return "number needs a digit in its exponent";
    case rapidjson::kParseErrorNone:
    case rapidjson::kParseErrorTermination:
    case rapidjson::kParseErrorUnspecificSyntaxError:
      return "not valid JSON";
  }
  return "not valid JSON";
}

TextError ErrorAt(std::string_view text, const JsonReaderOptions& options, size_t offset,
                  std::string_view message) {
  Cursor cursor(text, options);
  cursor.SkipText(std::min(offset, text.size()));
  return {cursor.position(), std::string(message)};
}

// Where the first byte stands that is not UTF-8. REQUIRES: there is one.
size_t InvalidUtf8Offset(std::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    const size_t length = Utf8SequenceLength(static_cast<unsigned char>(text[offset]));
    const std::string_view sequence = text.substr(offset, length);
    if (!IsValidUtf8(sequence)) break;
    offset += sequence.size();
  }
  return offset;
}

}  // namespace

bool ReadJson(std::string_view text, const JsonReaderOptions& options, NodeTree* tree,
              std::vector<TextError>* errors) {
  if (text.size() > options.bytes_max) {
    errors->push_back({options.origin, absl::StrCat("text of ", text.size(), " bytes exceeds ",
                                                    options.bytes_max, " bytes")});
    return false;
  }
  // Once for the whole text: several times as fast as the parser's own check.
  if (!IsValidUtf8(text)) {
    errors->push_back(ErrorAt(text, options, InvalidUtf8Offset(text), "text is not valid UTF-8"));
    return false;
  }
  const size_t errors_before = errors->size();
  TreeBuilder builder(text, options, tree, errors);
  TextStream stream(text);
  rapidjson::Reader reader(nullptr, 1024);
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(stream,
                                                                                           builder);
  if (result.Code() == rapidjson::kParseErrorTermination) {
    // The builder stopped it and said why.
  } else if (result.IsError()) {
    errors->push_back(ErrorAt(text, options, result.Offset(), SyntaxMessage(result.Code())));
  } else if (stream.Tell() != text.size()) {
    errors->push_back(ErrorAt(text, options, stream.Tell(), "unexpected NUL character"));
  }
  if (errors->size() == errors_before) return true;
  std::stable_sort(errors->begin() + static_cast<std::ptrdiff_t>(errors_before), errors->end(),
                   [](const TextError& a, const TextError& b) { return a.position < b.position; });
  return false;
}

}  // namespace portcullis::base
