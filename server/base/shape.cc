#include "server/base/shape.h"

#include <cassert>
#include <utility>

#include "absl/strings/escaping.h"

#include "server/base/str_cat.h"
#include "server/base/timestamp.h"

namespace portcullis::base {

Shape::Shape(Kind kind) : kind_(kind) {}

Shape Shape::String(std::string_view value) {
  Shape shape(Kind::kString);
  shape.text_ = std::string(value);
  return shape;
}

Shape Shape::Integer(int64_t value) {
  Shape shape(Kind::kInteger);
  shape.integer_ = value;
  return shape;
}

Shape Shape::Boolean(bool value) {
  Shape shape(Kind::kBoolean);
  shape.integer_ = value ? 1 : 0;
  return shape;
}

Shape Shape::Time(absl::Time value) {
  Shape shape(Kind::kTime);
  shape.time_ = value;
  return shape;
}

Shape Shape::Bytes(std::string_view value) {
  Shape shape(Kind::kBytes);
  shape.text_ = std::string(value);
  return shape;
}

Shape Shape::Json(std::string_view text) {
  Shape shape(Kind::kJson);
  shape.text_ = std::string(text);
  return shape;
}

Shape Shape::List() {
  return Shape(Kind::kList);
}

Shape Shape::Structure() {
  return Shape(Kind::kStructure);
}

Shape Shape::Map() {
  return Shape(Kind::kMap);
}

Shape& Shape::Add(std::string_view name, Shape value) {
  assert(kind_ == Kind::kStructure || kind_ == Kind::kMap);
  members_.push_back({std::string(name), std::move(value)});
  return *this;
}

Shape& Shape::Add(std::string_view name, std::string_view text) {
  return Add(name, String(text));
}

Shape& Shape::Add(std::string_view name, const char* text) {
  return Add(name, String(text));
}

Shape& Shape::AddUnlessEmpty(std::string_view name, std::string_view text) {
  return text.empty() ? *this : Add(name, text);
}

Shape& Shape::Append(Shape value) {
  assert(kind_ == Kind::kList);
  members_.push_back({std::string(), std::move(value)});
  return *this;
}

const Shape* Shape::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

void WriteJson(const Shape& shape, JsonWriter* writer) {
  switch (shape.kind()) {
    case Shape::Kind::kString:
      writer->String(shape.text());
      return;
    case Shape::Kind::kInteger:
      writer->Int(shape.integer());
      return;
    case Shape::Kind::kBoolean:
      writer->Bool(shape.boolean());
      return;
    case Shape::Kind::kTime:
      writer->String(FormatTimestamp(shape.time()));
      return;
    case Shape::Kind::kBytes:
      writer->String(absl::Base64Escape(AbslView(shape.text())));
      return;
    case Shape::Kind::kJson:
      writer->Raw(shape.text());
      return;
    case Shape::Kind::kList:
      writer->BeginArray();
      for (const Shape::Member& element : shape.members()) WriteJson(element.value, writer);
      writer->EndArray();
      return;
    case Shape::Kind::kStructure:
    case Shape::Kind::kMap:
      writer->BeginObject();
      for (const Shape::Member& member : shape.members()) {
        writer->Key(member.name);
        WriteJson(member.value, writer);
      }
      writer->EndObject();
      return;
  }
}

}  // namespace portcullis::base
