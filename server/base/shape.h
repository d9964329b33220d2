// A tree of named values, to be written in whatever form a protocol wants: XML, JSON.
#ifndef PORTCULLIS_SERVER_BASE_SHAPE_H_
#define PORTCULLIS_SERVER_BASE_SHAPE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "server/base/json_writer.h"

namespace portcullis::base {

// One value of the tree. A structure's members and a map's entries keep the order in which they
// were added; what is absent is not added. Values own their texts. Copyable, movable; const use is
// thread-safe.
class Shape {
 public:
  enum class Kind : uint8_t {
    kString,
    kInteger,
    kBoolean,
    kTime,       // To the second.
    kBytes,      // Any bytes: protocols write them in base64.
    kJson,       // A JSON text. A protocol may nest it or write it as a string.
    kList,       // Elements without names.
    kStructure,  // Members, known by the protocol.
    kMap,        // Entries whose names are data.
  };
  struct Member;

  static Shape String(std::string_view value);
  static Shape Integer(int64_t value);
  static Shape Boolean(bool value);
  static Shape Time(absl::Time value);
  static Shape Bytes(std::string_view value);
  // REQUIRES: `text` is one valid JSON value.
  static Shape Json(std::string_view text);
  static Shape List();
  static Shape Structure();
  static Shape Map();

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }  // kString, kBytes, kJson.
  int64_t integer() const { return integer_; }       // kInteger.
  bool boolean() const { return integer_ != 0; }     // kBoolean.
  absl::Time time() const { return time_; }          // kTime.
  const std::vector<Member>& members() const {
    return members_;
  }  // kStructure, kMap; kList
     // without names.

  // kStructure, kMap. Returns *this.
  Shape& Add(std::string_view name, Shape value);
  Shape& Add(std::string_view name, std::string_view text);
  Shape& Add(std::string_view name, const char* text);
  // Adds nothing if `text` is empty.
  Shape& AddUnlessEmpty(std::string_view name, std::string_view text);
  // kList.
  Shape& Append(Shape value);

  // The member of that name; nullptr if there is none. For tests and filters: it searches.
  const Shape* Find(std::string_view name) const;

 private:
  explicit Shape(Kind kind);  // Not here, where Member is not complete yet.

  Kind kind_;
  int64_t integer_ = 0;
  absl::Time time_;
  std::string text_;
  std::vector<Member> members_;
};

struct Shape::Member {
  std::string name;
  Shape value;
};

// As the AWS command line prints responses: times as texts, bytes in base64, JSON texts nested as
// values, maps as objects.
void WriteJson(const Shape& shape, JsonWriter* writer);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_SHAPE_H_
