#include "server/base/json_writer.h"

#include <cmath>

#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

#include "server/base/text.h"

namespace portcullis::base {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes one or more digits from the start of `rest`.
bool TakeDigits(std::string_view* rest) {
  size_t length = 0;
  while (length < rest->size() && IsDigit((*rest)[length])) ++length;
  rest->remove_prefix(length);
  return length > 0;
}

// RFC 8259, section 6. A number from YAML may have another form.
bool IsJsonNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && IsDigit(text[1])) return false;
  if (!TakeDigits(&text)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!TakeDigits(&text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!TakeDigits(&text)) return false;
  }
  return text.empty();
}

// `text` with every byte that is not UTF-8 replaced by U+FFFD.
std::string Repaired(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(static_cast<unsigned char>(text[0]));
    const std::string_view sequence = text.substr(0, length);
    if (IsValidUtf8(sequence)) {
      repaired += sequence;
      text.remove_prefix(sequence.size());
    } else {
      repaired += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    }
  }
  return repaired;
}

}  // namespace

struct JsonWriter::Impl {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};

  void String(std::string_view value) {
    // RapidJSON wants a pointer even for nothing.
    if (value.data() == nullptr) value = "";
    if (IsValidUtf8(value)) {
      writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    } else {
      const std::string repaired = Repaired(value);
      writer.String(repaired.data(), static_cast<rapidjson::SizeType>(repaired.size()));
    }
  }

  void Scalar(const Node& node) {
    switch (node.kind) {
      case NodeKind::kNull:
        writer.Null();
        return;
      case NodeKind::kBoolean:
        writer.Bool(node.text == "true");
        return;
      case NodeKind::kNumber:
        if (IsJsonNumber(node.text)) {
          writer.RawValue(node.text.data(), node.text.size(), rapidjson::kNumberType);
          return;
        }
        String(node.text);
        return;
      case NodeKind::kString:
      case NodeKind::kSequence:
      case NodeKind::kMapping:
        String(node.text);
        return;
    }
  }
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::BeginObject() {
  impl_->writer.StartObject();
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  impl_->writer.EndObject();
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  impl_->writer.StartArray();
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  impl_->writer.EndArray();
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  impl_->String(key);
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view value) {
  impl_->String(value);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) {
  impl_->writer.Int64(value);
  return *this;
}

JsonWriter& JsonWriter::Uint(uint64_t value) {
  impl_->writer.Uint64(value);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  // JSON has no word for what is not finite.
  if (!std::isfinite(value)) return Null();
  impl_->writer.Double(value);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) {
  impl_->writer.Bool(value);
  return *this;
}

JsonWriter& JsonWriter::Null() {
  impl_->writer.Null();
  return *this;
}

JsonWriter& JsonWriter::Member(std::string_view key, std::string_view value) {
  return Key(key).String(value);
}

JsonWriter& JsonWriter::Member(std::string_view key, const char* value) {
  return Key(key).String(value);
}

JsonWriter& JsonWriter::Member(std::string_view key, int64_t value) {
  return Key(key).Int(value);
}

JsonWriter& JsonWriter::Member(std::string_view key, bool value) {
  return Key(key).Bool(value);
}

JsonWriter& JsonWriter::Value(const Node& node) {
  // Readers bound the depth of a tree, so recursion is bounded too.
  if (node.is_scalar()) {
    impl_->Scalar(node);
    return *this;
  }
  if (node.is_sequence()) {
    BeginArray();
    for (const Node& child : node.children()) Value(child);
    return EndArray();
  }
  BeginObject();
  for (const Node& child : node.children()) Key(child.key).Value(child);
  return EndObject();
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string_view JsonWriter::text() const {
  return {impl_->buffer.GetString(), impl_->buffer.GetSize()};
}

void JsonWriter::Clear() {
  impl_->buffer.Clear();
  impl_->writer.Reset(impl_->buffer);
}

}  // namespace portcullis::base
